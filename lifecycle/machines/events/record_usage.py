"""The usage of a month is recorded (Annex 1, R24)."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, WithJsonSchema

from lifecycle.machines.body import FIRST_YEAR, LAST_YEAR, Examples, Input
from lifecycle.machines.check import AnyCase, about_facts, at_entry
from lifecycle.machines.event import Event
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import Usage
from lifecycle.terms.annex1_fees import month_has_begun as month_begun
from lifecycle.terms.calendar import Month
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordUsage(Facts):
    """month: YYYY-MM. Each meter as decimal text."""

    contract_id: str
    month: str
    transcode_hours: str
    storage_gb: str
    delivery_gb: str
    live_hours: str


@at_entry
@about_facts
def month_has_begun(case: AnyCase) -> Ruling | None:
    """R23, R34: usage is of a month that has begun."""
    facts: RecordUsage = case.facts
    return month_begun(Month.parse(facts.month).first, case.now_day, case.terms(case.now_day))


def of_the_month(case: AnyCase) -> date:
    """The month's first day (R32)."""
    return Month.parse(case.subject.month).first


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


def month_named(value: object) -> str:
    """A month as YYYY-MM, in the years that can be named. Raises ValueError."""
    try:
        month = Month.parse(value) if isinstance(value, str) and len(value) == 7 else None
    except ValueError:
        month = None
    if month is None or not FIRST_YEAR <= month.year <= LAST_YEAR:
        raise ValueError("is not a month in the form YYYY-MM")
    return str(month)


class MonthUsageBody(Input):
    """What a contract used in a month; decimals as strings or numbers."""

    transcode_hours: Amount = "0"
    storage_gb: Amount = "0"
    delivery_gb: Amount = "0"
    live_hours: Amount = "0"
    examples: ClassVar[Examples] = [
        {"transcode_hours": "102.25", "storage_gb": 1500, "delivery_gb": "1000.5", "live_hours": 70}
    ]


RECORD_USAGE: Event[Usage, RecordUsage] = Event(
    name="record",
    facts=RecordUsage,
    happened="recorded",
    rank=2,
    beside=True,
    governed_on=of_the_month,
    rules=(month_has_begun,),
)
