"""Checks every answer against the OpenAPI document and the views; unlisted fields fail."""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from pydantic import BaseModel, TypeAdapter
from typing_extensions import is_typeddict

from api.imports import views as imports
from api.schemas import outputs

FILE = {"type": "string", "format": "binary"}
JSON, PROBLEM = "application/json", "application/problem+json"
METHODS = ("get", "put", "post", "delete", "patch")
# headers that an answer has only where the document says so
TOLD = ("ETag", "Location", "Retry-After", "Idempotency-Replayed", "WWW-Authenticate", "X-Lifecycle-Sandbox")
DECLARED = [*(import_module(f"{outputs.__name__}.{one.name}") for one in iter_modules(outputs.__path__)), imports]


def family(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Return every model derived from one, in any module."""
    for child in model.__subclasses__():
        yield child
        yield from family(child)


class Answers:
    """The document's operations; `check` is a response hook of the client."""

    def __init__(self, document: dict[str, Any], *, sandbox: bool = True) -> None:
        self.document, self.sandbox = document, sandbox
        self.paths = {path: pattern(path) for path in document["paths"]}

    def check(self, response: Any) -> None:
        """Fails on an undocumented status, media type or field, and on a day or instant out of form."""
        response.read()
        asked = f"{response.request.method} {response.request.url} -> {response.status_code}"
        assert ("X-Lifecycle-Sandbox" in response.headers) == self.sandbox, asked
        media = response.headers.get("content-type")
        operation = self.operation(response.request.method, response.request.url.path)
        if operation is None:
            assert media == PROBLEM or response.status_code < 400, asked
            return
        hold(operation, response.status_code, media, response.content, asked)
        listed = operation["responses"][str(response.status_code)]["headers"]
        assert {name for name in TOLD if name in response.headers} <= set(listed), asked

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """The operation that a request is for, None where the document has none."""
        for template, pattern in self.paths.items():
            if pattern.fullmatch(path):
                found: dict[str, Any] | None = self.document["paths"][template].get(method.lower())
                return found
        return None


@cache
def pattern(path: str) -> re.Pattern[str]:
    """What the addresses of a path of the document look like."""
    return re.compile(re.sub(r"{\w+}", "[^/]+", path.replace(".", r"\.")))


def hold(operation: dict[str, Any], status: int, media: str | None, content: bytes, asked: str) -> None:
    """Fail if an operation does not list a status or its media type, or a body does not match its schema."""
    listed = operation["responses"].get(str(status))
    assert listed is not None, f"{asked}: not among {sorted(operation['responses'])}: {content!r}"
    if status == 304:
        assert (media, content) == (None, b""), asked
        return
    assert media in listed["content"], f"{asked}: {media} is not among {sorted(listed['content'])}"
    schema = listed["content"][media]["schema"]
    if "$ref" not in schema:
        assert schema == FILE, asked
        return
    adapter_of(schema["$ref"].rpartition("/")[2]).validate_json(content, strict=True, extra="forbid")
    for key, value in members(json.loads(content)):
        assert in_form(key, value), f"{asked}: {key} = {value}"


@cache
def view_of(name: str) -> Any:
    """The view behind a schema of the document."""
    declared = (value for module in DECLARED for value in vars(module).values() if is_typeddict(value))
    return next(view for view in declared if view.__name__ == name)


@cache
def adapter_of(name: str) -> TypeAdapter[Any]:
    """What reads an answer as its view."""
    return TypeAdapter(view_of(name))


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of everything the document lists."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every named value inside an answer."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "content":
                continue  # of an edition: the words of the terms, in which a name means a type
            yield key, inner
            yield from members(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner)


def in_form(key: str, value: Any) -> bool:
    """Check the form: a day is YYYY-MM-DD, an instant ends with +09:00, an amount is an integer; null passes."""
    if value is None:
        return True
    if key.endswith("_on") or key == "on":
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    if key.endswith("_at"):
        return isinstance(value, str) and datetime.fromisoformat(value).utcoffset() == timedelta(hours=9)
    if key.endswith("_yen") and not isinstance(value, dict):
        return type(value) is int
    return True
