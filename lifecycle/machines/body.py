"""The fields that every body is made of: days, instants, texts, amounts, and the strict model around them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from lifecycle.errors import Malformed
from lifecycle.machines.characters import in_one_line, refused_character
from lifecycle.machines.facts import Facts, NoFacts
from lifecycle.machines.when import When

FIRST_YEAR, LAST_YEAR = 2000, 2199
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DECIMAL = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)


def _day(value: Any) -> Any:
    """A civil day YYYY-MM-DD, as date."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            found = date.fromisoformat(value)
        except ValueError:
            raise ValueError("is not a day of the calendar") from None
        if FIRST_YEAR <= found.year <= LAST_YEAR:
            return found
        raise ValueError(f"lies outside {FIRST_YEAR} to {LAST_YEAR}")
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError("is not a day in the form YYYY-MM-DD")


def _instant(value: Any) -> Any:
    """An instant RFC 3339 with an offset, as datetime."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("is not an instant in the form YYYY-MM-DDThh:mm:ss+09:00; the offset is required")
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("is not an instant of the calendar") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"lies outside {FIRST_YEAR} to {LAST_YEAR}")
    return found


def _text(value: Any) -> Any:
    """Text as typed, without characters that are not kept."""
    if not isinstance(value, str):
        raise ValueError("is not text")
    if refused := refused_character(value):
        raise ValueError(f"contains a sign that cannot be kept: {refused}")
    if not value.strip():
        raise ValueError("is empty")
    return value


def _reference(value: Any) -> Any:
    """A reference: text of one line, without what surrounds it."""
    text = _text(value)
    if "\n" in text.strip() or "\t" in text.strip():
        raise ValueError("has more than one line")
    return text.strip()


def _decimal(value: Any) -> Any:
    """A decimal of 0 or more with at most six places, as plain text; numbers are taken as written."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("is not a decimal")
    text = value if isinstance(value, str) else format(_exact(value), "f")
    if not _DECIMAL.fullmatch(text):
        raise ValueError("is not a decimal of 0 or more with at most 12 digits and 6 places")
    return text


def _exact(value: float) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError("is not a decimal") from None


Day = Annotated[
    date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2022-05-01"]})
]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2022-04-20T10:00:00+09:00"]}),
]
Amount = Annotated[
    str,
    BeforeValidator(_decimal),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": r"^\d{1,12}(\.\d{1,6})?$"}, {"type": "number", "minimum": 0}]}
    ),
]
_IN_ONE_LINE = BeforeValidator(lambda value: _text(in_one_line(value) if isinstance(value, str) else value))
SearchTerm = Annotated[str, Field(max_length=100), BeforeValidator(_text)]  # what is looked for
Text = Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(_text)]
Name = Annotated[str, Field(min_length=1, max_length=500), _IN_ONE_LINE]
LongText = Annotated[str, Field(min_length=1, max_length=2000), BeforeValidator(_text)]
Reference = Annotated[str, Field(min_length=1, max_length=100), BeforeValidator(_reference)]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"), BeforeValidator(_text)]
DomainName = Annotated[str, Field(max_length=253, pattern=r"^[^\s/@:]+\.[^\s/@:]+$"), BeforeValidator(_text)]
NoticeId = Annotated[str, Field(max_length=60), BeforeValidator(_text)]
EntryId = Annotated[str, Field(max_length=60, examples=["c_01g1793000mdgr1ppmy0ffgaq3.3"]), BeforeValidator(_text)]
SubjectId = Annotated[str, Field(max_length=60, examples=["c_01g1793000mdgr1ppmy0ffgaq3"]), BeforeValidator(_text)]
CustomerNumber = Annotated[str, Field(min_length=1, max_length=50), _IN_ONE_LINE]
PostalCode = Annotated[str, Field(min_length=1, max_length=20), _IN_ONE_LINE]
Phone = Annotated[str, Field(min_length=1, max_length=40), _IN_ONE_LINE]
Yen = Annotated[int, Field(ge=0, le=1_000_000_000)]


def with_examples(schema: dict[str, Any], model: type) -> None:
    """Adds a model's own examples to its schema."""
    if examples := vars(model).get("examples"):
        schema["examples"] = examples


Examples = list[dict[str, Any]]


class Input(BaseModel):
    """Unknown fields are refused, types are not coerced, NaN and Infinity are no numbers.

    examples: for the OpenAPI document; tests send every one of them. The document names a model without the
    suffix Body.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, json_schema_extra=with_examples)
    examples: ClassVar[Examples] = []

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Gives the model its public name, before Pydantic reads it."""
        cls.__name__ = cls.__qualname__ = cls.__name__.removesuffix("Body")
        super().__init_subclass__(**kwargs)

    def proposed(self, now: datetime) -> "Input":
        """As it is kept for a second person, who approves it later."""
        return self


@dataclass(frozen=True, slots=True)
class Entering:
    """What the facts of a body may depend on. now: the instant of entry. read: gives the subject as it stands."""

    now: datetime
    read: Callable[[], Any]


class Reasoned(Input):
    """An event's body; the reason is written into the history.

    accept_invalidated: the ids of entries that may lose their effect by an entry that comes late (R37).
    """

    reason: LongText | None = None
    accept_invalidated: list[EntryId] = Field(default=[], max_length=100)
    examples: ClassVar[Examples] = [{"reason": "The customer called: the launch is put off."}]

    @property
    def happened(self) -> When:
        """When the fact happened that the event records; by default at the entry."""
        return When()

    @property
    def enters(self) -> str | None:
        """The event that it enters, where that is another one than its own."""
        return None

    def facts(self, entering: Entering) -> Facts:
        """The event's facts; by default there are none."""
        return NoFacts()


class NeedsReason(Reasoned):
    """An event that needs a reason."""

    reason: LongText
    examples: ClassVar[Examples] = [{"reason": "The works announced are not the customer's to deliver."}]


class Received(Input):
    """When an application was received: a day or an instant, neither = now."""

    received_on: Day | None = None
    received_at: Instant | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self, "received_on", "received_at")
        return self

    @property
    def received(self) -> When:
        """The day or instant given."""
        return When(self.received_on, self.received_at)


class Dated(Reasoned):
    """An act that names the day or the instant on which it happened, neither = now.

    DATED: the two fields' names without `_on` and `_at`. A model that has one of them alone gives the act's own.
    """

    DATED: ClassVar[str] = "happened"

    @model_validator(mode="after")
    def _one_moment(self) -> Self:
        if self.happened.on is not None and self.happened.at is not None:
            raise ValueError(f"give {self.DATED}_on or {self.DATED}_at, not both")
        return self

    @property
    def happened(self) -> When:
        """The day or instant given."""
        return When(getattr(self, f"{self.DATED}_on", None), getattr(self, f"{self.DATED}_at", None))


class Accepted(Dated):
    """When an application was accepted: a day or an instant, neither = now."""

    DATED: ClassVar[str] = "accepted"
    accepted_on: Day | None = None
    accepted_at: Instant | None = None


class Agreed(Dated):
    """When the two sides agreed: a day or an instant, neither = now."""

    DATED: ClassVar[str] = "agreed"
    agreed_on: Day | None = None
    agreed_at: Instant | None = None


def kept(name: str, value: Any) -> bool:
    """Whether a person's field is stored: name and e-mail always, all else only where it says something."""
    return value is not None or name in ("name", "email")


class MissingFact(Malformed):
    """A fact the event needs was neither given nor is it on record; `name` is the field's."""

    def __init__(self, name: str) -> None:
        super().__init__([(f"/{name}", "is required: the application named none")])
        self.name = name


def one_of(model: Any, on: str, at: str) -> None:
    """Raises ValueError where both a day and an instant are given for one fact."""
    if getattr(model, on) is not None and getattr(model, at) is not None:
        raise ValueError(f"give {on} or {at}, not both")
