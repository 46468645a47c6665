"""What the interface takes in about conditions, control, item changes, measures, usage and outages."""

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from api.schemas.inputs.contracts import Accepted, Person, Received
from api.schemas.inputs.fields import (
    Day,
    Input,
    Instant,
    ItemName,
    LongText,
    NeedsReason,
    Reasoned,
    Reference,
    Yen,
    one_of,
)
from lifecycle.commands.context import When

_DECIMAL = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)


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


Amount = Annotated[
    str,
    BeforeValidator(_decimal),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": r"^\d{1,12}(\.\d{1,6})?$"}, {"type": "number", "minimum": 0}]}
    ),
]
_CONTRACT = re.compile(r"c_[0-9a-z]{26}", re.ASCII)
_MOST = 1000


def _concerned(value: Any) -> Any:
    """`all`, or contracts by their ids."""
    listed = value if isinstance(value, list) and 1 <= len(value) <= _MOST else []
    if value == "all" or (listed and all(isinstance(id_, str) and _CONTRACT.fullmatch(id_) for id_ in listed)):
        return value
    raise ValueError(f"is not 'all' or a list of 1 to {_MOST} ids of contracts")


Concerned = Annotated[
    Literal["all"] | list[str],
    PlainValidator(_concerned),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "all"},
                {
                    "type": "array",
                    "items": {"type": "string", "pattern": "^c_[0-9a-z]{26}$"},
                    "minItems": 1,
                    "maxItems": _MOST,
                },
            ]
        }
    ),
]
ConditionName = Literal["domain", "dns", "certificate"]


class MeetCondition(Reasoned):
    """A condition of Art. 3(1) is met."""

    condition: ConditionName


class WaiveCondition(NeedsReason):
    """The operator waives a condition."""

    condition: ConditionName


class ChangeAdministrator(Reasoned):
    """Another administrator (Art. 4(1))."""

    administrator: Person


class ReportMisuse(Reasoned):
    """A report of possible misuse and the instruction given (Art. 4(4))."""

    found_at: Instant
    instruction: LongText


class FollowUpMisuse(Reasoned):
    """What was done about a report; report: its id."""

    report: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[0-9a-z_.]+$")]
    follow_up: LongText


class EndByCompany(NeedsReason):
    """The company ends the contract for cause (R31)."""

    ends_on: Day
    ground: LongText


class ItemChangeApplication(Received):
    """An application for another item."""

    item: ItemName
    reference: Reference


class AcceptItemChange(Accepted):
    """Acceptance of an item change; fee_yen null: not set (R22)."""

    effective_on: Day
    fee_yen: Yen | None = None


class MeasureTaken(Reasoned):
    """A measure of Art. 10. starts_at: now by default."""

    kind: Literal["suspension", "consultation", "deletion_request", "deletion", "access_limit"]
    ground: LongText
    notified: bool
    starts_at: Instant | None = None
    ends_at: Instant | None = None


class MonthUsage(Input):
    """What a contract used in a month; decimals as strings or numbers."""

    transcode_hours: Amount = "0"
    storage_gb: Amount = "0"
    delivery_gb: Amount = "0"
    live_hours: Amount = "0"


class OutageFound(Reasoned):
    """An outage as it came to be known (Art. 8). recovered_at: where it is over already."""

    known_at: Instant
    source: LongText
    attributable: bool | None = None
    contracts: Concerned
    recovered_at: Instant | None = None


class Recovered(Reasoned):
    """The end of an outage."""

    recovered_at: Instant


class Attributed(Reasoned):
    """Whose fault an outage was."""

    attributable: bool


class Claimed(Reasoned):
    """When the customer claimed the reduction: a day or an instant, neither = now."""

    claimed_on: Day | None = None
    claimed_at: Instant | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self, "claimed_on", "claimed_at")
        return self

    @property
    def claimed(self) -> When:
        """The day or instant given."""
        return When(self.claimed_on, self.claimed_at)
