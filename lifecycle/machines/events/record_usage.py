"""The usage of a month is recorded (Annex 1, R24)."""

from dataclasses import dataclass
from datetime import date

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


RECORD_USAGE: Event[Usage, RecordUsage] = Event(
    name="record",
    facts=RecordUsage,
    happened="recorded",
    rank=2,
    beside=True,
    governed_on=of_the_month,
    rules=(month_has_begun,),
)
