"""The company takes a measure of Art. 10 beside the contract's life (R30)."""

from dataclasses import dataclass
from datetime import date, datetime

from lifecycle.machines.check import AnyCase, about_facts
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import Event
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import Measure
from lifecycle.terms import art10_measures as art10
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMeasure(Facts):
    """measure: which one. ground: why, in words. notified: whether the customer was told. ends_at: as planned."""

    contract_id: str
    measure: str
    ground: str
    notified: bool
    starts_at: datetime
    ends_at: datetime | None


@about_facts
def ends_after_start(case: AnyCase) -> Ruling | None:
    """R30."""
    facts: TakeMeasure = case.facts
    in_order = facts.ends_at is None or facts.starts_at < facts.ends_at
    return art10.measure_in_order(in_order, case.terms())


def measure_needs_contract(case: AnyCase) -> Ruling | None:
    """R30: measures run beside a contract that has been accepted."""
    return art10.measure_needs_contract(case.contract.state, case.terms())


def starts_on(case: AnyCase) -> date:
    """The day on which the measure starts (R32)."""
    return tokyo_day(case.subject.starts_at)


def place(facts: TakeMeasure, at: datetime, recorded_at: datetime) -> datetime:
    """Its start, where it was entered later."""
    return min(at, facts.starts_at)


def rulings(case: AnyCase, after: Measure, dossier: Dossier) -> tuple[Ruling, ...]:
    """The measure and whether the customer was told."""
    return (art10.measure_taken(after.measure, after.notified, case.editions.on(tokyo_day(after.starts_at))),)


TAKE_MEASURE = Event(
    name="take",
    facts=TakeMeasure,
    happened="taken",
    rank=2,
    place=place,
    rulings=rulings,
    governed_on=starts_on,
    rules=(ends_after_start, measure_needs_contract),
)
