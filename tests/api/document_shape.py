"""The shape of an OpenAPI document: what a client relies on, without words, examples and closedness."""

import re
from collections.abc import Iterator
from typing import Any

from tests.api.desk import Json

WORDS = {"title", "summary", "description", "examples", "example"}
REF = r"#/components/schemas/([\w-]+)"
BOUNDS = {"maxItems", "maxLength", "maximum"}
MAY_GROW = re.compile(
    r"/(POST|GET|PUT|body|answer) [^/]*"  # an operation or a schema
    r"|.*/properties/\w+|.*/(responses|enum|parameters)/[^/]+"
    r"|/answer .*/(required/\w+|enum)"  # a field that is always there, a name for a set of values
)


def shape(document: Json) -> dict[str, Any]:
    """By operation and schema, what it takes and answers; a named set of values stands where it is used."""
    schemas = document["components"]["schemas"]
    found: dict[str, Any] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            plain = _plain(operation, schemas)
            taken = plain.get("parameters", [])
            plain["parameters"] = {f"{one['in']}:{one['name']}": one for one in taken}
            plain["responses"] = {status: answer.get("content") for status, answer in plain["responses"].items()}
            found[f"{method.upper()} {path.replace('/', '.')}"] = plain
    sent = _sent(document)
    for name, schema in schemas.items():
        if not _is_set(schema):
            found[f"{'body' if name in sent else 'answer'} {name}"] = _plain(schema, schemas)
    return found


def lost(former: Any, found: Any, at: str = "") -> Iterator[str]:
    """Where a client of the former document is no longer served."""
    if isinstance(former, dict) and isinstance(found, dict):
        yield from (f"{at}/{name} is gone" for name in former if name not in found)
        for name, value in found.items():
            here = f"{at}/{name}"
            if name in former:
                yield from lost(former[name], value, here)
            elif not MAY_GROW.fullmatch(here) or (isinstance(value, dict) and value.get("required") is True):
                yield f"{here} is new"
    elif former != found and not (at.rpartition("/")[2] in BOUNDS and found > former):
        yield f"{at}: {former} became {found}"


def _sent(document: Json) -> set[str]:
    """The schemas of bodies, those inside them included."""
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    names, found = re.findall(REF, str([one.get("requestBody") for one in operations])), set[str]()
    while names:
        if (name := names.pop()) not in found:
            found.add(name)
            names += re.findall(REF, str(document["components"]["schemas"][name]))
    return found


def _is_set(schema: Json) -> bool:
    return "enum" in schema or "const" in schema


def _plain(value: Any, schemas: Json) -> Any:
    if isinstance(value, list):
        return [_plain(one, schemas) for one in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        name: str = value["$ref"].rpartition("/")[2]
        return _plain(schemas[name], schemas) if _is_set(schemas[name]) else name
    found: dict[str, Any] = {}
    for name, inner in value.items():
        if name == "properties":
            found[name] = {field: _plain(schema, schemas) for field, schema in inner.items()}
        elif name == "content":
            found[name] = {media: _plain(one["schema"], schemas) for media, one in inner.items()}
        elif name == "const":
            found["enum"] = {inner: True}
        elif name in ("required", "enum") and isinstance(inner, list):
            found[name] = dict.fromkeys(map(str, inner), True)
        elif name == "anyOf":
            branches = [_plain(one, schemas) for one in inner]
            found[name] = {one if isinstance(one, str) else one.get("type", "any"): one for one in branches}
        elif name not in WORDS and (name, inner) != ("additionalProperties", False):
            found[name] = _plain(inner, schemas)
    return found
