"""The order in which due things happen (R15): instant, then kind, then id. None happens before its time."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from lifecycle.machines.check import Case, Rule
from lifecycle.machines.dossier import Dossier, kind_of

RANKS = {
    ("option", "terminate"): 1,
    ("option", "reject"): 1,
    ("contract", "terminate"): 2,
    ("item_change", "take_effect"): 3,
    ("item_change", "lapse"): 3,
    ("contract", "start_billing"): 4,
    ("contract", "hold_billing"): 4,
    ("option", "start_billing"): 4,
    ("credit", "become_claimable"): 5,
    ("credit", "credit"): 5,
    ("credit", "lapse"): 5,
    ("credit", "refuse"): 5,
    ("measure", "start"): 5,
    ("measure", "end"): 5,
}


@dataclass(frozen=True, slots=True, order=True)
class Timer:
    """One timer; sorts in the order in which timers fire."""

    due_at: datetime
    rank: int
    subject_id: str
    event: str = field(compare=False)


def timers(dossier: Dossier) -> list[Timer]:
    """The running timers of a dossier, in their order."""
    return sorted(
        Timer(s.due_at, RANKS[kind_of(s), s.due_event], s.id, s.due_event)
        for s in dossier.subjects
        if s.due_at is not None and s.due_event is not None
    )


def next_due(dossier: Dossier, now: datetime) -> Timer | None:
    """The first timer due by now, None where none is."""
    due = timers(dossier)
    return due[0] if due and due[0].due_at <= now else None


class NotDue(Exception):
    """A timer was fired that is not due: a fault of the program, never of the input (R3)."""


@cache
def due(event: str) -> Rule:
    """The rule that an event fires by its own timer, at its instant or later (R3, R16). It raises NotDue."""

    def rule(case: Case) -> None:
        due_event, due_at = case.subject.due_event, case.subject.due_at
        if due_event != event or due_at is None or case.now < due_at:
            raise NotDue(f"{case.subject.id}: {event} at {case.now}, but {due_event} is due at {due_at}")

    return rule
