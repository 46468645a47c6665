"""The company lifts a measure before its planned end (R30)."""

from dataclasses import dataclass
from datetime import datetime

from lifecycle.machines.check import AnyCase
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import Changes, Event
from lifecycle.machines.events.take_measure import starts_on
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import Measure
from lifecycle.terms.art10_measures import measure_over
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftMeasure(Facts):
    """lifted_at: the instant from which the measure is lifted."""

    lifted_at: datetime


def effect(measure: Measure, facts: LiftMeasure, row: str) -> Changes:
    """Records when it was lifted."""
    return {"lifted_at": facts.lifted_at}


def rulings(case: AnyCase, after: Measure, dossier: Dossier) -> tuple[Ruling, ...]:
    """The measure is over."""
    return (measure_over(after.measure, True, case.editions.on(starts_on(case))),)


LIFT_MEASURE = Event(
    name="lift",
    facts=LiftMeasure,
    happened="lifted",
    rank=6,
    effect=effect,
    rulings=rulings,
    governed_on=starts_on,
)
