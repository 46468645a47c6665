"""The strict models of request bodies, and their shared parts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lifecycle.errors import Malformed
from lifecycle.machines.facts import Facts, NoFacts, When, absent
from lifecycle.machines.field_types import (
    CustomerNumber,
    Day,
    Email,
    EntryId,
    Instant,
    LongText,
    Name,
    Phone,
    PostalCode,
    Text,
)


def with_examples(schema: dict[str, Any], model: type) -> None:
    """Add a model's own examples to its schema."""
    if examples := vars(model).get("examples"):
        schema["examples"] = examples


Examples = list[dict[str, Any]]


class Input(BaseModel):
    """A strict model: unknown fields are refused, types are not coerced, NaN and Infinity are not numbers.

    examples: for the OpenAPI document; tests send each of them. The document names a model without the suffix
    Body.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, json_schema_extra=with_examples)
    examples: ClassVar[Examples] = []

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Set the model's public name before Pydantic reads it."""
        cls.__name__ = cls.__qualname__ = cls.__name__.removesuffix("Body")
        super().__init_subclass__(**kwargs)

    def proposed(self, now: datetime) -> "Input":
        """The body as stored for a second person, who approves it later."""
        return self


@dataclass(frozen=True, slots=True)
class Entering:
    """What the facts of a body may depend on. now: the instant of entry. read: returns the present subject."""

    now: datetime
    read: Callable[[], Any]


class Reasoned(Input):
    """An event's body with a reason, which is written into the history.

    accept_invalidated: the ids of entries that may lose their effect through a late entry (R37).
    """

    reason: LongText | None = None
    accept_invalidated: list[EntryId] = Field(default=[], max_length=100)
    examples: ClassVar[Examples] = [{"reason": "The customer called: the launch is put off."}]

    @property
    def happened(self) -> When:
        """When the recorded fact happened; by default at the instant of entry."""
        return When()

    @property
    def enters(self) -> str | None:
        """The event to enter, if the body enters another one than its own."""
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
    """A body with the day or the instant of its fact; without either, now.

    DATED: the two fields' names without `_on` and `_at`. A model with only one of the fields names it itself.
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
    """Whether a field of a person is stored: name and e-mail always, others only with a value."""
    return value is not None or name in ("name", "email")


class MissingFact(Malformed):
    """A required fact is neither in the body nor recorded; `name` is its field."""

    def __init__(self, name: str) -> None:
        super().__init__([(f"/{name}", "is required: the application named none")])
        self.name = name


def one_of(model: Any, on: str, at: str) -> None:
    """Raise ValueError if a fact has both a day and an instant."""
    if getattr(model, on) is not None and getattr(model, at) is not None:
        raise ValueError(f"give {on} or {at}, not both")


Channel = Literal["post", "fax", "email", "web", "phone", "visit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed(Facts):
    """form: kind and number of the form. channel: how it arrived."""

    form: Mapping[str, Any] | None = absent()
    channel: str | None = absent()


class FormUsedBody(Input):
    """A form of the company: its kind and its number."""

    kind: Text
    number: Text | None = None


class FiledBody(Input):
    """The form and the channel, if recorded."""

    form: FormUsedBody | None = None
    channel: Channel | None = None

    @property
    def filed(self) -> dict[str, Any]:
        """Both as facts."""
        form = self.form.model_dump(mode="json", exclude_none=True) if self.form is not None else None
        return {"form": form, "channel": self.channel}


class PersonBody(Input):
    """Name and address of a customer or an administrator."""

    name: Name
    email: Email | None = None

    def stored(self) -> dict[str, Any]:
        """The stored form: name and e-mail always, other fields only with a value."""
        return {name: value for name, value in self if kept(name, value)}


class CustomerBody(PersonBody):
    """A customer. Several contracts may have the same customer number."""

    number: CustomerNumber | None = None
    kana: Name | None = None
    postal_code: PostalCode | None = None
    address: Name | None = None
    phone: Phone | None = None
