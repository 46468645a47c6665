"""The usage of a month is recorded (Annex 1, R24)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from lifecycle.machines.body import Examples, Reasoned
from lifecycle.machines.check import AnyCase, about_facts, at_entry
from lifecycle.machines.event import Event
from lifecycle.machines.facts import Facts, absent
from lifecycle.machines.field_types import FIRST_YEAR, LAST_YEAR, Amount
from lifecycle.machines.parts import METER_FIELDS, Usage
from lifecycle.terms.annex1_fees import month_has_begun as month_begun
from lifecycle.terms.calendar import Month
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordUsage(Facts):
    """month: YYYY-MM. Each meter as decimal text; meters: those without a fact of their own."""

    contract_id: str
    month: str
    transcode_hours: str | None = absent()
    storage_gb: str | None = absent()
    delivery_gb: str | None = absent()
    live_hours: str | None = absent()
    meters: Mapping[str, str] | None = absent()


MeterName = Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]


@at_entry
@about_facts
def month_has_begun(case: AnyCase) -> Ruling | None:
    """R23, R34: usage is of a month that has begun."""
    facts: RecordUsage = case.facts
    return month_begun(Month.parse(facts.month).first, case.now_day, case.terms(case.now_day))


def of_the_month(case: AnyCase) -> date:
    """The month's first day (R32)."""
    return Month.parse(case.subject.month).first


def month_named(value: object) -> str:
    """A month as YYYY-MM, within the supported years. Raises ValueError."""
    try:
        month = Month.parse(value) if isinstance(value, str) and len(value) == 7 else None
    except ValueError:
        month = None
    if month is None or not FIRST_YEAR <= month.year <= LAST_YEAR:
        raise ValueError("is not a month in the form YYYY-MM")
    return str(month)


class MonthUsageBody(Reasoned):
    """The usage of a contract in a month; decimals as strings or numbers.

    An omitted meter keeps the recorded figure; null removes it and needs a reason. `meters` names any meter of the
    contract's service; those of IIJ Media Sphere also have fields of their own.
    """

    transcode_hours: Amount | None = None
    storage_gb: Amount | None = None
    delivery_gb: Amount | None = None
    live_hours: Amount | None = None
    meters: Annotated[dict[MeterName, Amount | None], Field(max_length=40)] | None = None
    examples: ClassVar[Examples] = [
        {"transcode_hours": "102.25", "storage_gb": 1500, "delivery_gb": "1000.5", "live_hours": 70},
        {"live_hours": None, "reason": "The figure was another contract's."},
    ]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if twice := sorted((self.meters or {}).keys() & self.model_fields_set & {*METER_FIELDS}):
            raise ValueError(f"names a meter twice: {', '.join(twice)}")
        return self

    @property
    def figures(self) -> dict[str, str]:
        """The given figures, by meter."""
        return {meter: used for meter, used in self._named.items() if used is not None}

    @property
    def cleared(self) -> tuple[str, ...]:
        """The removed meters."""
        return tuple(meter for meter, used in self._named.items() if used is None)

    @property
    def _named(self) -> dict[str, str | None]:
        own = {meter: getattr(self, meter) for meter in METER_FIELDS if meter in self.model_fields_set}
        return own | (self.meters or {})


RECORD_USAGE: Event[Usage, RecordUsage] = Event(
    name="record",
    facts=RecordUsage,
    happened="recorded",
    rank=2,
    beside=True,
    governed_on=of_the_month,
    rules=(month_has_begun,),
)
