"""The OpenAPI document keeps what the version at ec4be05 said: clients written for that one go on working.

Descriptions, titles, examples, enums and the closedness of answers may differ; paths, answers and optional fields
may be added. The recorded document is that version's own, without what may differ.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from tests.api.desk import Json

RECORDED = Path(__file__).with_name("openapi-ec4be05.json.gz")
MAY_DIFFER = ("description", "examples", "example", "enum", "additionalProperties", "title", "summary")


def plain(value: Any, *, names: bool = False) -> Any:
    """A document without what may differ. names: whether the keys are names of fields."""
    if isinstance(value, dict):
        return {
            key: plain(inner, names=key == "properties")
            for key, inner in value.items()
            if names or key not in MAY_DIFFER
        }
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def sent(document: Json) -> set[str]:
    """The names of the schemas of bodies, with those that they hold."""
    bodies = [
        operation["requestBody"] for path in document["paths"].values() for operation in path.values()
        if "requestBody" in operation
    ]  # fmt: skip
    found, names = set[str](), list(referenced(bodies))
    while names:
        name = names.pop()
        if name not in found:
            found.add(name)
            names += referenced(document["components"]["schemas"][name])
    return found


def referenced(value: Any) -> Iterator[str]:
    """The names of the schemas that are referred to."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rpartition("/")[2]
        for inner in value.values():
            yield from referenced(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from referenced(inner)


def lost(old: Any, new: Any, place: str = "") -> Iterator[str]:
    """Where the newer document says something else, or nothing."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            if key not in new:
                yield f"{place}/{key} is gone"
            else:
                yield from lost(value, new[key], f"{place}/{key}")
    elif isinstance(old, list) and isinstance(new, list):
        if place.endswith("/parameters"):
            old, new = ({(p["in"], p["name"]): p for p in listed} for listed in (old, new))
            yield from lost({str(k): v for k, v in old.items()}, {str(k): v for k, v in new.items()}, place)
        elif any(item not in new for item in old):
            yield f"{place}: {old} → {new}"
    elif old != new:
        yield f"{place}: {old} → {new}"


def test_nothing_that_was_documented_is_gone_or_means_something_else(document: Json) -> None:
    old, new = orjson.loads(gzip.decompress(RECORDED.read_bytes())), plain(document)
    assert list(lost(old, new)) == []


def test_nothing_more_must_be_sent_than_before(document: Json) -> None:
    old, new = orjson.loads(gzip.decompress(RECORDED.read_bytes())), plain(document)
    for name in sorted(sent(old)):
        before, now = (set(d["components"]["schemas"][name].get("required", ())) for d in (old, new))
        assert now <= before, name
    for path, methods in old["paths"].items():
        for method, operation in methods.items():
            needed = {p["name"] for p in new["paths"][path][method].get("parameters", ()) if p["required"]}
            assert needed <= {p["name"] for p in operation.get("parameters", ()) if p["required"]}, path


def test_the_comparison_would_see_a_field_that_is_gone() -> None:
    old = {"properties": {"title": {"type": "string"}, "b": {"type": "integer"}}, "required": ["b"]}
    assert plain(old) == old
    new = {"properties": {"title": {"type": "integer"}}, "required": []}
    assert list(lost(old, new)) == [
        "/properties/title/type: string → integer", "/properties/b is gone", "/required: ['b'] → []",
    ]  # fmt: skip
