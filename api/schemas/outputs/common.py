"""Problems and refusals, and how an answer is declared in the OpenAPI document."""

from typing import Annotated, Any, NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from lifecycle.errors import PROBLEMS_AT
from lifecycle.queries.views.changes import Changes
from lifecycle.queries.views.closed_sets import EnteredEvent, State
from lifecycle.queries.views.common import ArchiveView, RulingView
from lifecycle.queries.views.fields import OneOf, about

EXISTING = "/v1/contracts/c_01g1793000mdgr1ppmy0ffgaq3"
Responses = dict[int | str, dict[str, Any]]
PROBLEM_KINDS = (
    "already-decided", "archived", "backwards", "bad-request", "busy", "conflict", "database", "duplicate",
    "erased", "error", "clock-wrong", "forbidden", "foreign-form", "held", "issuer-not-set", "key-reused",
    "lapsed", "late", "malformed", "method-not-allowed", "name-taken",
    "no-address", "no-role", "not-a-sandbox", "not-correctable", "not-found", "not-issued",
    "not-possible", "not-sealed", "other-service",
    "not-ticked", "nothing-held", "other-content", "overtaken", "precondition-failed", "preview-changed",
    "proposer-revoked", "provider", "refused", "second-person", "sign-in-refused", "slow", "stale",
    "still-running", "too-large", "too-many", "too-many-requests", "too-slow", "try-again", "unauthorized",
    "unknown", "would-invalidate",
)  # fmt: skip
ProblemType = Annotated[
    str,
    OneOf(
        "ProblemType",
        tuple(f"{PROBLEMS_AT}{kind}" for kind in PROBLEM_KINDS),
        "The type of problem: the address of its page.",
    ),
]


def _member(meaning: str, *examples: Any) -> Any:
    return about(meaning, *examples, default=None)


class PlaceAndDetail(TypedDict):
    """Where a value is malformed, and how."""

    pointer: Annotated[
        str,
        about("A JSON pointer into the body; /query, /path or /header comes before a parameter.", "/accepted_on"),
    ]
    detail: Annotated[str, about("What is wrong with the value.", "is not a day of the calendar")]


class ProblemDetails(TypedDict):
    """RFC 9457. The fields after `instance` are present only if the problem has them."""

    type: Annotated[ProblemType, about("The problem's type.")]
    title: Annotated[str, about("The type in words.", "Refused by the terms")]
    status: Annotated[int, about("The HTTP status.", 409)]
    detail: Annotated[str, about("What is wrong in this case.", "accept is not possible in the state billing")]
    instance: Annotated[str, about("The path of the request.", "/v1/contracts")]
    errors: NotRequired[Annotated[list[PlaceAndDetail] | None, _member("Every malformed value.")]]
    rulings: NotRequired[Annotated[list[RulingView] | None, _member("The rulings that refuse it.")]]
    state: NotRequired[Annotated[State | None, _member("The state in which it is not possible.")]]
    allowed_events: NotRequired[
        Annotated[list[EnteredEvent] | None, _member("The events that a person can enter instead.")]
    ]
    changes: NotRequired[
        Annotated[Changes | None, _member("Everything that the command would change in the past.")]
    ]
    existing: NotRequired[
        Annotated[str | None, _member("The address of the object with this reference.", EXISTING)]
    ]
    version: NotRequired[Annotated[int | None, _member("The current version.", 4)]]
    archive: NotRequired[Annotated[ArchiveView | None, _member("The file with the contract's history.")]]
    limit_bytes: NotRequired[Annotated[int | None, _member("The largest body accepted, in bytes.", 65_536)]]


PROBLEMS: list[ProblemDetails] = [
    {
        "type": "/problems/not-possible",
        "title": "Not possible in this state",
        "status": 409,
        "detail": "accept is not possible in the state billing",
        "instance": "/v1/contracts/c_01g1793000mdgr1ppmy0ffgaq3/accept",
        "state": "billing",
        "allowed_events": ["notify_cancellation"],
    },
    {
        "type": "/problems/malformed",
        "title": "Malformed input",
        "status": 422,
        "detail": "1 value(s) are malformed.",
        "instance": "/v1/contracts",
        "errors": [{"pointer": "/requested_billing_start_on", "detail": "is not a day of the calendar"}],
    },
]


def of(model: type, description: str, status: int = 200) -> Responses:
    """An answer, for the document. What makes something (201) has a dry run, too, which makes nothing.

    Its schema is built once the document is asked for: a service that starts need not wait for hundreds.
    """
    model.__pydantic_config__ = getattr(model, "__pydantic_config__", {}) | {"defer_build": True}  # type: ignore[attr-defined]
    found: Responses = {status: {"model": model, "description": description}}
    if status == 201:
        found[200] = {"model": model, "description": "A dry run, or what was there already: nothing was made."}
    return found


def schema_of(view: type) -> dict[str, Any]:
    """A view's schema, for the document; those inside it under `$defs`."""
    return TypeAdapter(view).json_schema(ref_template="#/components/schemas/{model}")


def problem(description: str) -> dict[str, Any]:
    """A refusal, for the document."""
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
    }


REFUSALS: Responses = {
    401: problem("The token is missing or wrong."),
    403: problem("Your role does not allow this."),
    404: problem("Unknown id."),
    408: problem("The body did not arrive in time."),
    409: problem("Refused by the terms (`rulings`), not possible in this state (`state`), or a duplicate."),
    412: problem("Stale: the version has changed since the one in If-Match."),
    413: problem("The body is too large."),
    422: problem("Malformed input (`errors` with pointers)."),
    429: problem("Too many requests; `Retry-After` says when to retry."),
    503: problem("Retry with the same idempotency key: it is not known whether the request was stored."),
}
