"""The fields of a form, derived from the models of /v1, and the conversion of typed text to a body of /v1."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel

from lifecycle.terms.calendar import instant
from lifecycle.terms.date_parsing import ParsedDate, UnreadableDate, parse_date

FieldKind = Literal[
    "day",
    "instant",
    "text",
    "long",
    "whole",
    "decimal",
    "choice",
    "flag",
    "maybe",
    "ids",
    "texts",
    "month",
    "fixed",
]
AUTOMATIC = ("flag", "fixed")  # inputs with a value that nobody typed
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})月?", re.ASCII)
TICKED = "accept_invalidated"  # a checkbox next to its subject, not typed
FACTS = "facts."  # where the facts of a correction stand
LEADING = ("reference", "customer.name", "customer.email", "received_on", "accepted_on")


@dataclass(frozen=True, slots=True)
class Field:
    """A field. name: its path in the body, dotted. at: the other path, where a time may be typed as well. preset:
    the default choice. group: the object that contains it; optional: the object is omitted if none of its fields
    is filled in.
    """

    name: str
    kind: FieldKind
    required: bool = False
    at: str | None = None
    choices: tuple[str, ...] = ()
    maximum: int | None = None
    group: str = ""
    optional: bool = False
    preset: str = ""

    @property
    def label(self) -> str:
        """Its label: the last part of the name, or the last two in a group."""
        parts = [part for part in self.name.removeprefix(FACTS).split(".") if not part.isdigit()]
        return ".".join(parts[-2:])


@dataclass(slots=True)
class Filled:
    """The typed values. body: as /v1 takes it; flat: the same by dotted names. wrong: by field the key of an
    error; read: the days, by field.
    """

    body: dict[str, Any] = field(default_factory=dict)
    flat: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    read: dict[str, ParsedDate] = field(default_factory=dict)


def fields_of(model: type[BaseModel]) -> tuple[Field, ...]:
    """The fields of a model, its own before the shared ones, the reason last."""
    schema = model.model_json_schema()
    properties = [name for name in schema["properties"] if name != TICKED]
    own = [name for name in model.__annotations__ if name in properties]
    names = sorted(properties, key=lambda n: (n == "reason", n not in own))
    found = list(_walk({**schema, "properties": {n: schema["properties"][n] for n in names}}, schema, "", False))
    return tuple(sorted(found, key=lambda f: f.name not in LEADING))


def filled(fields: Sequence[Field], typed: Mapping[str, str], today: date) -> Filled:
    """Return the body; a field that cannot be parsed is marked, and the others are still parsed."""
    found = Filled()
    flat = found.flat
    for one in fields:
        text = typed.get(one.name, "")
        if one.kind == "flag":
            flat[one.name] = bool(text)
        elif one.kind == "fixed":
            flat[one.name] = one.choices[0]
        elif text.strip():
            _fill(found, flat, one, text, today)
    for group in {one.group for one in fields if one.optional}:
        own = [one for one in fields if one.group == group]
        if not any(one.name in flat or one.name in found.wrong for one in own if one.kind not in AUTOMATIC):
            for one in own:
                flat.pop(one.name, None)
    found.body = nested(flat)
    return found


def places(pointer: str, fields: Sequence[Field]) -> str | None:
    """Return the field of a pointer of /v1, None if the form does not have it."""
    dotted = pointer.strip("/").replace("/", ".")
    for one in fields:
        listed = one.kind == "texts" and dotted.startswith(f"{one.name}.")
        if dotted in (one.name, one.at) or listed or (one.group and dotted == one.group):
            return one.name
    return None


def _fill(found: Filled, flat: dict[str, Any], one: Field, text: str, today: date) -> None:
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        match one.kind:
            case "day" | "instant":
                found.read[one.name] = typed = parse_date(text, today)
                name, value = _moment(one, typed)
                flat[name] = value
            case "whole":
                flat[one.name] = int(plain.replace(",", "").removesuffix("円").removeprefix("¥"))
            case "month":
                flat[one.name] = _month(plain)
            case "maybe":
                flat[one.name] = plain == "true"
            case "ids":
                flat[one.name] = "all" if plain == "all" else plain.replace(",", " ").split()
            case "texts":
                flat[one.name] = [line.strip() for line in text.splitlines() if line.strip()]
            case "long":
                flat[one.name] = text.replace("\r\n", "\n")
            case "text":
                flat[one.name] = text
            case _:
                flat[one.name] = plain.replace(",", "")
    except UnreadableDate as error:
        found.wrong[one.name] = f"day_{error.key}"
    except ValueError:
        found.wrong[one.name] = "whole"


def _month(plain: str) -> str:
    if found := _MONTH.fullmatch(plain):
        return f"{found[1]}-{int(found[2]):02}"
    raise UnreadableDate("month")


def _moment(one: Field, typed: ParsedDate) -> tuple[str, str]:
    if one.kind == "instant":
        if typed.at is None:
            raise UnreadableDate("needs_time")
        return one.name, str(instant(typed.at))
    if typed.at is None:
        return one.name, typed.day.isoformat()
    if one.at is None:
        raise UnreadableDate("no_time")
    return one.at, str(instant(typed.at))


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Convert dotted names to a nested body; a 0 in a name is the first place of a list."""
    body: dict[str, Any] = {}
    for name, value in flat.items():
        *path, last = name.split(".")
        here = body
        for part in path:
            here = here.setdefault(part, {})
        here[last] = value
    listed: dict[str, Any] = _listed_again(body)
    return listed


def _listed_again(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed_again(found) for name, found in value.items()}
    return [inner["0"]] if list(inner) == ["0"] else inner


def _walk(schema: dict[str, Any], whole: dict[str, Any], prefix: str, optional: bool) -> Iterator[Field]:
    names = schema["properties"]
    for name, given in names.items():
        place, needed = f"{prefix}{name}", name in schema.get("required", ())
        found, nullable = _unwrapped(given, whole)
        if name.endswith("_at") and f"{name[:-3]}_on" in names:
            continue
        if found.get("type") == "object" and "properties" not in found:
            continue  # names that the service of a contract decides
        if "properties" in found:
            for inner in _walk(found, whole, f"{place}.", optional or nullable):
                yield inner if inner.group else replace(inner, group=place)
        elif found.get("type") == "array" and "$ref" in found["items"]:
            yield from _listed(found, whole, place)
        else:
            at = f"{place[:-3]}_at" if f"{name[:-3]}_at" in names and name.endswith("_on") else None
            asked = _field(place, found, nullable or (needed and not optional))
            yield replace(asked, required=needed and not optional, at=at, optional=optional)


def _listed(found: dict[str, Any], whole: dict[str, Any], place: str) -> Iterator[Field]:
    """Put an object into a list of at most one."""
    item, _ = _unwrapped(found["items"], whole)
    for inner in _walk(item, whole, f"{place}.0.", True):
        yield replace(inner, group=place)


def _unwrapped(given: dict[str, Any], whole: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the schema of a property, and whether it may be null."""
    kinds = given.get("anyOf", [])
    nullable = {"type": "null"} in kinds
    if nullable and len(kinds) == 2:
        given = next(kind for kind in kinds if kind != {"type": "null"})
    if "$ref" in given:
        given = whole["$defs"][given["$ref"].rpartition("/")[2]]
    return given, nullable


def _field(name: str, found: dict[str, Any], open_: bool) -> Field:
    if "const" in found:
        return Field(name, "fixed", choices=(found["const"],))
    if "enum" in found:
        return Field(name, "choice", choices=tuple(found["enum"]))
    if found.get("format") in ("date", "date-time"):
        return Field(name, "day" if found["format"] == "date" else "instant")
    if found.get("type") == "boolean":
        yes = not open_ and found.get("default") is True
        kind: FieldKind = "maybe" if open_ or yes else "flag"
        return Field(name, kind, choices=("true", "false"), preset="true" if yes else "")
    if found.get("type") == "integer":
        return Field(name, "whole")
    if found.get("type") == "array":
        return Field(name, "texts")
    if "anyOf" in found:
        return Field(name, "ids" if {"const": "all"} in found["anyOf"] else "decimal")
    maximum = found.get("maxLength")
    return Field(name, "long" if maximum and maximum >= 2000 else "text", maximum=maximum)
