"""The order in which due things happen (R15): instant, then kind, then id."""

from dataclasses import dataclass, field
from datetime import datetime

from lifecycle.machines.facts import Dossier, kind_of

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
