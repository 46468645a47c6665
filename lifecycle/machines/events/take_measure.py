"""The company takes a measure of Art. 10; the contract's state does not change (R30)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from lifecycle.machines.body import Examples, Reasoned
from lifecycle.machines.check import AnyCase, about_facts, only_at_its_place
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import Event
from lifecycle.machines.facts import Facts
from lifecycle.machines.field_types import Instant, LongText
from lifecycle.machines.parts import Measure
from lifecycle.terms import art10_measures as art10
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMeasure(Facts):
    """measure: its kind. ground: the reason. notified: whether the customer was notified. ends_at: planned."""

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


@only_at_its_place
def measure_needs_contract(case: AnyCase) -> Ruling | None:
    """R30: a measure requires an accepted contract."""
    return art10.measure_needs_contract(case.contract.state, case.terms())


def starts_on(case: AnyCase) -> date:
    """The day on which the measure starts (R32)."""
    return tokyo_day(case.subject.starts_at)


def place(facts: TakeMeasure, at: datetime, recorded_at: datetime) -> datetime:
    """Its start, if it was entered later."""
    return min(at, facts.starts_at)


def rulings(case: AnyCase, after: Measure, dossier: Dossier) -> tuple[Ruling, ...]:
    """The measure, and whether the customer was notified."""
    return (art10.measure_taken(after.measure, after.notified, case.editions.on(tokyo_day(after.starts_at))),)


class MeasureTakenBody(Reasoned):
    """A measure of Art. 10."""

    kind: Literal["suspension", "consultation", "deletion_request", "deletion", "access_limit"]
    ground: LongText
    notified: bool
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    examples: ClassVar[Examples] = [
        {"kind": "suspension", "ground": "A rights holder's complaint", "notified": True},
        {
            "kind": "access_limit",
            "ground": "An attack from one network",
            "notified": False,
            "starts_at": "2022-04-22T08:00:00+09:00",
            "ends_at": "2022-04-30T00:00:00+09:00",
        },
    ]


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
