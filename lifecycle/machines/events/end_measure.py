"""A measure ends as planned or with the contract: the clock fires it (R30)."""

from lifecycle.machines.check import AnyCase, due
from lifecycle.machines.derive import deciding_notice
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import Clock, Event
from lifecycle.machines.events.start_measure import MeasureDue, facts_of
from lifecycle.machines.events.take_measure import starts_on
from lifecycle.machines.parts import Measure
from lifecycle.terms.art10_measures import measure_over
from lifecycle.terms.editions import Editions
from lifecycle.terms.ruling import Ruling


def rulings(case: AnyCase, after: Measure, dossier: Dossier) -> tuple[Ruling, ...]:
    """The measure has ended."""
    return (measure_over(after.measure, False, case.editions.on(starts_on(case))),)


def cause(measure: Measure, dossier: Dossier, editions: Editions) -> str | None:
    """The row of the measure or, if the contract's end cuts it off, the notice that decides that end."""
    cut_off = measure.due_at != measure.ends_at
    return deciding_notice(dossier.contract, editions) if cut_off else f"{measure.id}.1"


END_MEASURE = Event(
    name="end",
    facts=MeasureDue,
    rulings=rulings,
    governed_on=starts_on,
    rules=(due("end"),),
    clock=Clock(rank=5, facts=facts_of, cause=cause),
)
