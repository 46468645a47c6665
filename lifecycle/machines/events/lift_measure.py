"""The company lifts a measure before its planned end (R30)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from lifecycle.machines.body import Dated, Entering, Examples
from lifecycle.machines.check import AnyCase
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.common import not_in_future
from lifecycle.machines.events.take_measure import starts_on
from lifecycle.machines.facts import Facts
from lifecycle.machines.field_types import Instant
from lifecycle.machines.parts import Measure
from lifecycle.terms.art10_measures import measure_over
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftMeasure(Facts):
    """lifted_at: the instant from which the measure is lifted."""

    lifted_at: datetime


def effect(measure: Measure, facts: LiftMeasure, row: str) -> Changes:
    """Record when it was lifted."""
    return {"lifted_at": facts.lifted_at}


def rulings(case: AnyCase, after: Measure, dossier: Dossier) -> tuple[Ruling, ...]:
    """The measure has ended."""
    return (measure_over(after.measure, True, case.editions.on(starts_on(case))),)


class LiftMeasureBody(Dated):
    """The instant from which a measure is lifted, by default now."""

    DATED: ClassVar[str] = "lifted"
    lifted_at: Instant | None = None
    examples: ClassVar[Examples] = [{"lifted_at": "2022-04-22T08:30:00+09:00", "reason": "The attack is over."}]

    def facts(self, entering: Entering) -> LiftMeasure:
        """The instant."""
        return LiftMeasure(lifted_at=self.happened.instant(entering.now))


LIFT_MEASURE = Event(
    name="lift",
    facts=LiftMeasure,
    happened="lifted",
    rank=6,
    effect=effect,
    rulings=rulings,
    governed_on=starts_on,
    rules=(not_in_future("lifting"),),
    input=EventInput(
        body=LiftMeasureBody,
        roles=OPERATOR,
        summary="Lifts a measure before its planned end (R30).",
    ),
)
