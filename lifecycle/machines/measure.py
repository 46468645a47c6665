"""A measure of Art. 10: planned, in force, over by lifting, by its plan or with the contract (R30)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from statemachine import State, StateMachine

from lifecycle.machines.check import Case, rules
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.effects import Changes, Effect, Given, unchanged
from lifecycle.machines.ends import deciding_notice
from lifecycle.machines.parts import Measure
from lifecycle.machines.timers import due
from lifecycle.terms.art10_measures import measure_over, measure_taken
from lifecycle.terms.calendar import end_of, tokyo_day
from lifecycle.terms.editions import Editions
from lifecycle.terms.ruling import Ruling


class MeasureLifecycle(StateMachine):
    """`start` and `end` are the clock's."""

    allow_event_without_transition = False
    catch_errors_as_events = False

    planned = State(initial=True)
    in_force = State()
    ended = State(final=True)
    lifted = State(final=True)

    start = planned.to(in_force, validators=rules(due("start")))
    _ends = rules(due("end"))
    end = planned.to(ended, validators=_ends) | in_force.to(ended, validators=_ends)
    lift = planned.to(lifted) | in_force.to(lifted)


def lift(measure: Measure, given: Given, row: str) -> Changes:
    """Records when it was lifted."""
    return {"lifted_at": given["lifted_at"]}


EFFECTS: Mapping[str, Effect] = {"take": unchanged, "start": unchanged, "end": unchanged, "lift": lift}


def derive(measure: Measure, dossier: Dossier) -> Measure:
    """Its timer: start, planned end, or the contract's end, whichever comes first."""
    if not measure.live:
        return measure.replace(due_event=None, due_at=None)
    contract = dossier.contract
    over = end_of(contract.effective_on) if contract.effective_on is not None else None
    ends_at = min((at for at in (measure.ends_at, over) if at is not None), default=None)
    if measure.state == "planned" and (ends_at is None or measure.starts_at < ends_at):
        return measure.replace(due_event="start", due_at=measure.starts_at)
    return measure.replace(due_event="end" if ends_at else None, due_at=ends_at)


def given_of_clock(dossier: Dossier, measure: Measure, event: str) -> dict[str, Any]:
    """The facts of its timer."""
    return {"measure": measure.measure}


def cause(measure: Measure, dossier: Dossier, editions: Editions) -> str | None:
    """The row that took the measure, or where the contract's end cuts it off, the notice that decided that end."""
    cut_off = measure.due_event == "end" and measure.due_at != measure.ends_at
    return deciding_notice(dossier.contract, editions) if cut_off else f"{measure.id}.1"


def governed_on(event: str, case: Case) -> date:
    """The day whose version of the terms governs the event (R32)."""
    return tokyo_day(case.subject.starts_at)


def rulings_of(event: str, case: Case, after: Measure, editions: Editions) -> tuple[Ruling, ...]:
    """The rulings of an event of the measure."""
    terms = editions.on(tokyo_day(after.starts_at))
    if event in ("take", "start"):
        return (measure_taken(after.measure, after.notified, terms),)
    return (measure_over(after.measure, event == "lift", terms),)
