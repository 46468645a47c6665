"""What the interface answers, for the OpenAPI document; tests hold real answers against these models."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from api.schemas.examples.contracts import with_examples

Responses = dict[int | str, dict[str, Any]]


class Output(BaseModel):
    """Answers hold exactly what is listed. The OpenAPI document names a model without the suffix View."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=with_examples)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Gives the model its public name, before Pydantic reads it."""
        cls.__name__ = cls.__qualname__ = cls.__name__.removesuffix("View")
        super().__init_subclass__(**kwargs)


class RulingView(Output):
    """What a rule concluded, and what it rests on. on, amount_yen, days: only where concluded."""

    rule: str
    article: str
    on: date | None = None
    amount_yen: int | None = None
    days: int | None = None
    because: str
    because_ja: str
    reading: str
    basis: str
    terms: date
    assumed: bool


class Next(Output):
    """The next thing the clock does."""

    event: str
    due_at: AwareDatetime


class PlaceAndDetail(Output):
    """Where a value is malformed, and how."""

    pointer: str
    detail: str


class ProblemDetails(BaseModel):
    """RFC 9457."""

    model_config = ConfigDict(json_schema_extra=with_examples)

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[PlaceAndDetail] | None = None
    rulings: list[RulingView] | None = None
    state: str | None = None
    allowed_events: list[str] | None = None
    existing: str | None = None
    version: int | None = None
    limit_bytes: int | None = None


def of(model: type[BaseModel], description: str, status: int = 200) -> Responses:
    return {status: {"model": model, "description": description}}


def problem(description: str) -> dict[str, Any]:
    """A refusal, for the document."""
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
    }


REFUSALS: Responses = {
    401: problem("No or a wrong token."),
    403: problem("Your role does not allow this."),
    404: problem("Unknown id."),
    408: problem("The body did not arrive in time."),
    409: problem("Refused by the terms (`rulings`), not possible in this state (`state`), or a duplicate."),
    412: problem("Stale: the version in If-Match is no longer there."),
    413: problem("The body is too large."),
    422: problem("Malformed input (`errors` with pointers)."),
    429: problem("Too many requests; `Retry-After` says when to go on."),
    503: problem("Try again, with the same idempotency key: whether it was stored is not known."),
}
