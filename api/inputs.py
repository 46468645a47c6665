"""What the interface takes in: strict models, every field bounded, nothing guessed."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from api.examples import with_examples
from lifecycle.desk.order import When

FIRST_YEAR, LAST_YEAR = 2000, 2199
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_UNKEPT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # categories Cc, but for \\n and \\t, and Cs
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
        raise ValueError("is not an instant in the form YYYY-MM-DDThh:mm:ss+09:00; the offset is needed")
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("is not an instant of the calendar") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"lies outside {FIRST_YEAR} to {LAST_YEAR}")
    return found


def _text(value: Any) -> Any:
    """Text as typed, without signs that cannot be kept: control characters and lone surrogates."""
    if not isinstance(value, str):
        raise ValueError("is not text")
    if found := _UNKEPT.search(value):
        raise ValueError(f"contains a sign that cannot be kept: U+{ord(found[0]):04X}")
    if not value.strip():
        raise ValueError("is empty")
    return value


Day = Annotated[
    date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2022-05-01"]})
]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2022-04-20T10:00:00+09:00"]}),
]
Sought = Annotated[str, Field(max_length=100), BeforeValidator(_text)]  # what is looked for
Text = Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(_text)]
Name = Annotated[str, Field(min_length=1, max_length=500), BeforeValidator(_text)]
LongText = Annotated[str, Field(min_length=1, max_length=2000), BeforeValidator(_text)]
Reference = Annotated[str, Field(min_length=1, max_length=100), BeforeValidator(_text)]
Yen = Annotated[int, Field(ge=0, le=1_000_000_000)]
ItemName = Literal["basic", "premium"]


class Input(BaseModel):
    """Unknown fields are refused, types are not coerced, NaN and Infinity are no numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, json_schema_extra=with_examples)


class Reasoned(Input):
    """An event's body; the reason is written into the history."""

    reason: LongText | None = None


class NeedsReason(Input):
    """An event that is not possible without a reason."""

    reason: LongText


def one_of(model: Any, on: str, at: str) -> None:
    """Raises ValueError where both a day and an instant are given for one fact."""
    if getattr(model, on) is not None and getattr(model, at) is not None:
        raise ValueError(f"give {on} or {at}, not both")


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


class Person(Input):
    """Name and address of a customer or an administrator."""

    name: Name
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"), BeforeValidator(_text)] | None = (
        None
    )


class Declarations(Input):
    """Art. 3(3) and 3(4)."""

    laws_accepted: bool = False
    rights_cleared: bool = False


class CustomDomain(Input):
    """Art. 3(1)(1) and (2): a domain of the customer's own."""

    name: Annotated[str, Field(max_length=253, pattern=r"^[^\s/@:]+\.[^\s/@:]+$"), BeforeValidator(_text)]
    acquired: bool = False
    dns_registered: bool = False


class Delivery(Input):
    """How the service is reached. certificate_obtained goes with https (Art. 3(1)(3))."""

    custom_domain: CustomDomain | None = None
    https: bool = False
    certificate_obtained: bool | None = None

    @model_validator(mode="after")
    def _certificate_with_https(self) -> Self:
        if self.certificate_obtained is not None and not self.https:
            raise ValueError("certificate_obtained goes with https: true only")
        return self


class OptionWished(Input):
    """An option applied for together with the contract."""

    kind: Literal["drm"]
    reference: Reference


class ContractApplication(Received):
    """An application for a contract."""

    reference: Reference
    customer: Person
    administrator: Person | None = None
    item: ItemName
    requested_billing_start_on: Day | None = None
    declarations: Declarations = Declarations()
    delivery: Delivery = Delivery()
    options: Annotated[list[OptionWished], Field(max_length=1)] = []


class OptionApplication(Received):
    """An application for an option of a contract."""

    kind: Literal["drm"]
    reference: Reference


class Accepted(Reasoned):
    """When an application was accepted: a day or an instant, neither = now."""

    accepted_on: Day | None = None
    accepted_at: Instant | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self, "accepted_on", "accepted_at")
        return self

    @property
    def accepted(self) -> When:
        """The day or instant given."""
        return When(self.accepted_on, self.accepted_at)


class AcceptContract(Accepted):
    """Acceptance of a contract; billing starts as requested where no other day is named."""

    billing_starts_on: Day | None = None


class AcceptOption(Accepted):
    """Acceptance of an option, with the fees quoted to the customer in yen (R21)."""

    billing_starts_on: Day
    initial_fee_yen: Yen
    monthly_fee_yen: Yen


class RescheduleBilling(Reasoned):
    """Another billing start."""

    billing_starts_on: Day


class NotifyCancellation(Reasoned):
    """A cancellation notice: when it arrived, and the day it chooses, if any."""

    arrived_on: Day | None = None
    arrived_at: Instant | None = None
    chosen_on: Day | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self, "arrived_on", "arrived_at")
        return self

    @property
    def arrived(self) -> When:
        """The day or instant given."""
        return When(self.arrived_on, self.arrived_at)


class RevokeCancellation(NeedsReason):
    """Taking a notice back, or all of them."""

    notice: Annotated[str, Field(max_length=60), BeforeValidator(_text)] | None = None


class MoveClock(Input):
    """A sandbox's time to come."""

    now: Instant
