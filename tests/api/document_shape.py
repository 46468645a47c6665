"""The shape of an OpenAPI document: what a client relies on, without words, examples and closedness."""

from collections.abc import Iterator
from typing import Any

import orjson

from tests.api.desk import Json

WORDS = {"title", "summary", "description", "examples", "example"}
LISTS = {"required", "enum"}  # whose order says nothing


def shape(document: Json) -> dict[str, Any]:
    """By operation and schema, what it takes and answers; sets of values stand where they are used."""
    schemas = document["components"]["schemas"]
    operations = {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    shapes = {f"schema {name}": schema for name, schema in schemas.items() if not _is_set(schema)}
    found = {name: _plain(found, schemas) for name, found in (operations | shapes).items()}
    for operation in operations:
        answers = found[operation]["responses"]
        found[operation]["responses"] = {status: answer.get("content") for status, answer in answers.items()}
    return found


def differences(former: Any, found: Any, at: str = "") -> Iterator[str]:
    """Where a shape takes or answers what the former one did not; a set of values may stand for any text."""
    if isinstance(former, dict) and isinstance(found, dict):
        for name in sorted(former.keys() | found.keys()):
            if name not in found:
                yield f"{at}/{name} is gone"
            elif name not in former:
                if name != "enum":
                    yield f"{at}/{name} is new"
            else:
                yield from differences(former[name], found[name], f"{at}/{name}")
    elif isinstance(former, list) and isinstance(found, list) and len(former) == len(found):
        for number, (one, other) in enumerate(zip(former, found, strict=True)):
            yield from differences(one, other, f"{at}/{number}")
    elif former != found:
        yield f"{at}: {former} became {found}"


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
            found["enum"] = [inner]
        elif name in LISTS and isinstance(inner, list):
            found[name] = sorted(inner)
        elif name == "anyOf":
            found[name] = sorted((_plain(one, schemas) for one in inner), key=orjson.dumps)
        elif name not in WORDS and (name, inner) != ("additionalProperties", False):
            found[name] = _plain(inner, schemas)
    return found
