"""The facts of a correction: only those that differ, named as in the event's body (R35)."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from types import NoneType
from typing import Annotated, Any, get_args, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError

from lifecycle.commands.take_over_body import MonthName
from lifecycle.errors import Malformed
from lifecycle.machines.entries import HumanEntry
from lifecycle.machines.events.apply_body import ContractApplicationBody, DeclarationsBody
from lifecycle.machines.events.apply_for_item_change import ItemChangeApplicationBody
from lifecycle.machines.events.apply_for_option import OptionApplicationBody
from lifecycle.machines.events.claim_credit import ClaimedBody
from lifecycle.machines.events.record_usage import MonthUsageBody
from lifecycle.machines.events.take_measure import MeasureTakenBody
from lifecycle.machines.field_types import Day, Instant, LongText, Yen
from lifecycle.machines.parts import METER_FIELDS
from lifecycle.terms.calendar import start_of, tokyo_day

FIXED = frozenset((
    "contract_id", "kind", "options", "keyed_on", "administrator_named", "notices", "month", "taken_over",
    "cleared", "service",
))  # fmt: skip
ELSEWHERE = {"options": "is corrected in the option's own application"}
NOTHING_DIFFERS = "says what is recorded already: there is nothing to correct"
NESTED = {"declarations": ("laws_accepted", "rights_cleared")}
TYPES: Mapping[Any, Any] = {
    date: Day, date | None: Day | None, datetime: Instant, datetime | None: Instant | None, int: Yen,
    int | None: Yen | None, str: LongText, str | None: LongText | None,
}  # fmt: skip
BY_NAME: Mapping[str, Any] = {"billed_until": MonthName | None}
# Bodies of events that have no input of their own.
BODIES: Mapping[tuple[str, str], tuple[type[BaseModel], ...]] = {
    ("contract", "apply"): (ContractApplicationBody, DeclarationsBody),
    ("option", "apply"): (OptionApplicationBody,),
    ("item_change", "apply"): (ItemChangeApplicationBody,),
    ("measure", "take"): (MeasureTakenBody,),
    ("usage", "record"): (MonthUsageBody,),
    ("usage", "correct"): (MonthUsageBody,),
    ("credit", "claim"): (ClaimedBody,),
}


def corrected_facts(
    entry: HumanEntry, given: Mapping[str, Any], now: datetime
) -> tuple[dict[str, Any], datetime | None]:
    """Return the facts that differ, as JSON, and the entry's legal instant if it differs.

    Raises Malformed for a fact that the event does not have, and for a malformed value.
    """
    happened = entry.event.happened
    on, at = f"{happened}_on", f"{happened}_at"
    bodies = _bodies(entry)
    if any("on" in body.model_fields for body in bodies):
        given = {on if name == "on" else name: value for name, value in given.items()}
    flat, hints = _flat(given), get_type_hints(type(entry.facts))
    errors: list[tuple[str, str]] = []
    found: dict[str, Any] = {}
    instant: datetime | None = None
    for name, value in flat.items():
        group, _, field = name.rpartition("/")
        foreign = field not in hints or field in FIXED or (field == "billed_until" and not _taken_over(entry))
        foreign = foreign or field not in NESTED.get(group, (field,))
        if foreign and name not in (on, at):
            errors.append((f"/facts/{name}", ELSEWHERE.get(name, "is no fact of this event")))
            continue
        hint = Day if name == on else Instant if name == at else _type_of(entry, field, hints[field])
        if value is None and (NoneType not in get_args(hints.get(field)) or field in METER_FIELDS):
            errors.append((f"/facts/{name}", "is required"))
            continue
        if field == "meters" and isinstance(value, Mapping) and None in value.values():
            errors += [(f"/facts/meters/{meter}", "is required") for meter, used in value.items() if used is None]
            continue
        try:
            read = TypeAdapter(hint).validate_python(value, strict=True)
        except ValidationError as error:
            errors += _said(name, error)
            continue
        if name in (on, at):
            instant = read if isinstance(read, datetime) else start_of(read)
        else:
            found[field] = _json(read)
    if on in flat and at in flat:
        errors.append((f"/facts/{at}", f"give {on} or {at}, not both"))
    if not flat:
        errors.append(("/facts", "names nothing that is different"))
    if errors:
        raise Malformed(errors)
    if instant is not None:
        if instant > now and not any({on, at, "on"} & body.model_fields.keys() for body in bodies):
            raise Malformed([(f"/facts/{at if at in flat else on}", "lies in the future")])  # no rule asks for it
        by_instant = at in flat or on not in hints
        own = {on: tokyo_day(instant).isoformat(), at: instant.isoformat() if by_instant else None}
        found |= {name: value for name, value in own.items() if name in hints}
    if "meters" in found:  # each of them is a fact of its own
        found["meters"] = {**(getattr(entry.facts, "meters", None) or {}), **(found["meters"] or {})}
    if found.get("notice"):
        found["notices"] = [found["notice"]]
    return found, instant


def _taken_over(entry: HumanEntry) -> bool:
    return bool(getattr(entry.facts, "taken_over", False))


def _flat(given: Mapping[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in given.items() if name not in NESTED}
    for name in NESTED:
        inner = given.get(name)
        if isinstance(inner, Mapping):
            flat |= {f"{name}/{part}": value for part, value in inner.items()}
        elif name in given:
            flat[name] = inner
    return flat


def _bodies(entry: HumanEntry) -> tuple[type[BaseModel], ...]:
    """Return the models of such an entry."""
    own = entry.event.input
    return (own.body,) if own is not None else BODIES.get((entry.kind, entry.event.name), ())


def _type_of(entry: HumanEntry, field: str, hint: Any) -> Any:
    """Return the type of a fact in the event's body, else its own type."""
    for body in _bodies(entry):
        if (known := body.model_fields.get(field)) is not None:
            return Annotated[known.annotation, *known.metadata] if known.metadata else known.annotation
    return BY_NAME.get(field) or TYPES.get(hint, hint)


def _said(name: str, error: ValidationError) -> Iterator[tuple[str, str]]:
    for one in error.errors(include_url=False, include_input=False):
        inner = "".join(f"/{part}" for part in one["loc"] if isinstance(part, str))
        yield f"/facts/{name}{inner}", one["msg"].removeprefix("Value error, ")


def _json(read: Any) -> Any:
    if isinstance(read, BaseModel):
        return read.model_dump(mode="json")
    return read.isoformat() if isinstance(read, date) else read
