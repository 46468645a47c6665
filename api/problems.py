"""Errors as application/problem+json (RFC 9457): one format for malformed, refused, stale and unknown."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DatabaseError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from lifecycle.errors import DomainError, Malformed
from lifecycle.errors import Problem as Problem

TITLES = {
    400: "Bad request", 401: "Unauthorized", 403: "Forbidden", 404: "Not found", 405: "Method not allowed",
    408: "Too slow", 409: "Conflict", 412: "Precondition failed", 413: "Too large", 422: "Malformed",
    429: "Too many requests", 503: "Try again",
}  # fmt: skip
_OWN = re.compile(r"[a-z]_[0-9a-z]{26}(?:\.\d{1,9})?|\d{4}-\d{2}", re.ASCII)
SAID = {
    "missing": "is required",
    "extra_forbidden": "is not known here",
    "json_invalid": "is not valid JSON",
    "list_type": "is not a list",
    "too_short": "has fewer than {min_length} items",
    "too_long": "has more than {max_length} items",
    "string_type": "is not text",
    "string_unicode": "contains text that is not Unicode",
    "string_too_short": "is shorter than {min_length} characters",
    "string_too_long": "is longer than {max_length} characters",
    "string_pattern_mismatch": "is not in the form {pattern}",
    "literal_error": "is not one of {expected}",
    "bool_type": "is not true or false",
    "bool_parsing": "is not true or false",
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_parsing_size": "is too large",
    "int_from_float": "is not a whole number",
    "greater_than_equal": "is less than {ge}",
    "less_than_equal": "is more than {le}",
}


class Passing(HTTPException):
    """Carries a problem through FastAPI's parsing of the body, which lets only this exception pass."""

    def __init__(self, problem: DomainError) -> None:
        super().__init__(problem.status, problem.detail)
        self.problem = problem


def problem_of(error: Exception) -> DomainError | None:
    """Convert the error to a problem for the caller, or None if it is not one."""
    match error:
        case DomainError():
            return error
        case OperationalError() | PoolTimeout():
            return _no_database()
        case DatabaseError() if type(error) in (DatabaseError, InternalError):  # a damaged file, a standby
            return _no_database()
    return None


def _no_database() -> Problem:
    return Problem(
        503, "database", "The database does not answer",
        "Retry shortly with the same idempotency key: it is not known whether the request was stored.",
        headers={"Retry-After": "2"},
    )  # fmt: skip


def malformed_of(errors: Sequence[Any]) -> Malformed:
    """Convert Pydantic's errors of a body."""
    return Malformed([(_pointer(e["loc"]), _said(e)) for e in errors])


def answer(problem: DomainError, request: Request) -> Response:
    """The problem as a response."""
    return Response(
        orjson.dumps(problem.as_problem(instance_of(request))),
        problem.status,
        dict(problem.headers),
        media_type="application/problem+json",
    )


def instance_of(request: Request) -> str:
    """Return the requested path; the route's template if the path may contain personal data."""
    route = request.scope.get("route")
    if route is None:
        return "/"
    own = all(_OWN.fullmatch(str(value)) for value in request.path_params.values())
    return request.url.path if own else str(route.path)


def install(app: FastAPI) -> None:
    """Makes every error of the app a problem."""

    @app.exception_handler(RequestValidationError)
    async def _malformed(request: Request, error: RequestValidationError) -> Response:
        return answer(malformed_of(error.errors()), request)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        if isinstance(error, Passing):
            return answer(error.problem, request)
        if error.status_code == 400:  # a body that cannot even be read as JSON
            return answer(Malformed([("", "is not readable as JSON")]), request)
        title = TITLES.get(error.status_code, "Error")
        kind, headers = title.lower().replace(" ", "-"), error.headers
        if error.status_code == 405 and (methods := _methods(app, request.url.path)):
            headers = {"Allow": ", ".join(methods)}
        return answer(Problem(error.status_code, kind, title, str(error.detail), headers=headers), request)

    async def _domain(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        assert problem is not None
        return answer(problem, request)

    for kind in (DomainError, OperationalError, PoolTimeout, DatabaseError, InternalError):
        app.add_exception_handler(kind, _domain)


def _methods(app: FastAPI, path: str) -> list[str]:
    """Return the methods that the document lists for a path: routers know only their own routes (RFC 9110,
    10.2.1).
    """
    listed = app.openapi()["paths"].items()
    return sorted(
        {method.upper() for shape, item in listed if compile_path(shape)[0].match(path) for method in item}
    )


def _pointer(loc: Sequence[Any]) -> str:
    """A JSON pointer into the body; query, path and header come first: /query/limit."""
    parts = list(loc)
    if parts and parts[0] == "body":
        parts = [] if len(parts) > 1 and isinstance(parts[1], int) and len(parts) == 2 else parts[1:]
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _said(error: Mapping[str, Any]) -> str:
    """Return the error in our own words and without the value, because pydantic's message might quote it."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "model_attributes_type":
        return "is not an object" if len(error["loc"]) > 1 else "is not a JSON object sent as application/json"
    said = SAID.get(error["type"])
    return said.format(**error.get("ctx", {})) if said else "is not valid"
