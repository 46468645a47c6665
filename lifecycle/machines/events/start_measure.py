"""A planned measure starts: the clock fires it (R30)."""

from dataclasses import dataclass

from lifecycle.machines.check import due
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import Clock, Event
from lifecycle.machines.events.take_measure import rulings, starts_on
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureDue(Facts):
    """measure: its kind."""

    measure: str


def facts_of(dossier: Dossier, measure: Measure) -> MeasureDue:
    """The kind of the measure."""
    return MeasureDue(measure=measure.measure)


START_MEASURE = Event(
    name="start",
    facts=MeasureDue,
    rulings=rulings,
    governed_on=starts_on,
    rules=(due("start"),),
    clock=Clock(rank=5, facts=facts_of, cause=lambda measure, dossier, editions: f"{measure.id}.1"),
)
