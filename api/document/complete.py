"""Completes the document that FastAPI generates: descriptions of fields and parameters, named enums, headers,
tags, server.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from api.document.messages import MESSAGES, webhooks_section
from api.schemas.outputs.common import PROBLEMS, REFUSALS, ProblemDetails, schema_of

Json = dict[str, Any]
WORDS: Mapping[str, Any] = tomllib.loads(files("api.document").joinpath("words.toml").read_text("utf-8"))
SCHEMAS = "#/components/schemas/"
CONTACT = {"name": "The people who run this service"}
LICENCE = {"name": "MIT", "identifier": "MIT"}
OPENAPI = "https://spec.openapis.org/oas/3.1/dialect/base"
DEPRECATION = ("Deprecation", "Sunset", "Link")  # of requests that use an old name
RATE = tuple(name for name in WORDS["header"] if name.startswith("RateLimit"))
BY_ADDRESS = "calendar.ics"  # its token is in the address: calendar programs send no headers


def completed(document: Json) -> Json:
    """The generated document, completed in place."""
    schemas: Json = document["components"]["schemas"]
    _add(schemas, "ProblemDetails", schema_of(ProblemDetails) | {"examples": PROBLEMS})
    document["webhooks"] = webhooks_section(lambda name, view: _add(schemas, name, schema_of(view)))
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    document = _renamed(document)
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        schema["title"] = name
        for field, described in schema.get("properties", {}).items():
            _describe(described, WORDS["field"].get(f"{name.removesuffix('Input')}.{field}")
                      or WORDS["field"].get(field))  # fmt: skip
    for path, method, operation in _operations(document):
        _complete(path, method, operation, schemas)
    _name_sets(document, schemas)
    document["info"] |= {"license": LICENCE, "contact": CONTACT}
    document["jsonSchemaDialect"] = OPENAPI
    document["servers"] = [{"url": "/", "description": "The service that this document comes from."}]
    document["tags"] = [
        {"name": name, "description": WORDS["tag"][name]}
        for name in dict.fromkeys(
            [*(tag for *_, operation in _operations(document) for tag in operation["tags"]), MESSAGES]
        )
    ]
    document["components"]["headers"] = {
        name: {"description": meaning, "schema": {"type": kind}, "example": example}
        for name, (meaning, kind, example) in WORDS["header"].items()
    }
    document["components"]["securitySchemes"]["CalendarToken"] = {
        "type": "apiKey", "in": "query", "name": "token", "description": WORDS["parameter"]["token"][0],
    }  # fmt: skip
    return document


def _add(schemas: Json, name: str, schema: Json) -> None:
    for inner, value in schema.pop("$defs", {}).items():
        schemas.setdefault(inner, value)
    schemas[name] = schema


def _renamed(document: Json) -> Json:
    """Rename schemas.

    A model that is both a request and an answer has two schemas: the answer keeps the name, the request is called
    `…Input`. Generators drop or refuse a hyphen in a name, so two schemas would become one class.
    """

    def name_of(name: str) -> str:
        return name.removesuffix("-Output").replace("-Input", "Input")

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            found = {key: renamed(inner) for key, inner in value.items()}
            if isinstance(ref := found.get("$ref"), str) and ref.startswith(SCHEMAS):
                found["$ref"] = SCHEMAS + name_of(ref.removeprefix(SCHEMAS))
            return found
        return [renamed(one) for one in value] if isinstance(value, list) else value

    found: Json = renamed(document)
    found["components"]["schemas"] = {
        name_of(name): schema for name, schema in found["components"]["schemas"].items()
    }
    return found


def _describe(described: Json, words: Any) -> None:
    """Add a missing description and example to a field."""
    if words is None:
        return
    meaning, example = words
    described.setdefault("description", meaning)
    if not re.search(r"'examples':|'const':|'\$ref':", str(described)):
        described["examples"] = [example]


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        yield from ((path, method, operation) for method, operation in item.items())


def _complete(path: str, method: str, operation: Json, schemas: Json) -> None:
    for parameter in operation.get("parameters", ()):
        name = parameter["name"]
        words = WORDS["parameter"].get(f"{path}.{name}") or WORDS["parameter"].get(name)
        if words is not None:
            parameter.setdefault("description", words[0])
            examples = parameter["schema"].pop("examples", None)
            parameter["example"] = examples[0] if examples else words[1]
    if path.endswith(BY_ADDRESS):
        operation["security"] = [{"CalendarToken": []}]
    elif "security" not in operation:
        operation["security"] = []
        operation["responses"]["413"] = dict(REFUSALS[413])
    if path.startswith("/v1/") and method == "get":
        operation["responses"]["304"] = {"description": "You have it already (`If-None-Match`)."}
    old = any(one.get("deprecated") for one in operation.get("parameters", ()))
    keyed = any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ()))
    creates = "201" in operation["responses"]
    for status, answer in operation["responses"].items():
        names = list(_headers(int(status), method, answer, schemas, keyed=keyed, creates=creates))
        names += DEPRECATION if old else []
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _headers(
    status: int, method: str, answer: Json, schemas: Json, *, keyed: bool, creates: bool
) -> Iterator[str]:
    """Return the headers that an answer may have."""
    yield from ("X-Lifecycle-Sandbox", *RATE)
    if status == 401:
        yield "WWW-Authenticate"
    if status in (409, 429, 503):
        yield "Retry-After"
    if keyed and status in (200, 201, 202, 409):
        yield "Idempotency-Replayed"
    if method == "get" and status in (200, 304):
        yield "ETag"
    if status >= 300:
        return
    if creates or status == 202:  # what is there already has an address, too
        yield "Location"
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    fields = schemas.get(schema.get("$ref", "").removeprefix(SCHEMAS), {}).get("properties", {})
    if method != "get" and ("version" in fields or keyed):
        yield "ETag"


def _name_sets(document: Json, schemas: Json) -> None:
    """Give nested enums a named schema, each under one name."""
    known = {tuple(sorted(schema["enum"])): name for name, schema in schemas.items() if "enum" in schema}
    known |= {(schema["const"],): name for name, schema in schemas.items() if "const" in schema}
    added = {tuple(sorted(values)): (name, values, meaning) for name, (values, meaning) in WORDS["set"].items()}
    made: Json = {}

    def named(value: Any) -> Any:
        if isinstance(value, list):
            return [named(one) for one in value]
        if not isinstance(value, dict):
            return value
        values = value.get("enum") or ([value["const"]] if "const" in value else None)
        if isinstance(values, list) and all(isinstance(one, str) for one in values):
            key = tuple(sorted(values))
            if key not in known and key in added:
                name, listed, meaning = added[key]
                made[name] = {"title": name, "type": "string", "enum": listed, "description": meaning}
                known[key] = name
            if key in known:
                rest = {k: v for k, v in value.items() if k not in ("enum", "const", "type", "title")}
                return {"$ref": SCHEMAS + known[key]} | rest
        return {name: named(inner) for name, inner in value.items()}

    for schema in schemas.values():
        if "properties" in schema:
            schema["properties"] = {field: named(inner) for field, inner in schema["properties"].items()}
    for _, _, operation in _operations(document):
        operation["parameters"] = [named(parameter) for parameter in operation.get("parameters", ())]
    schemas |= made
