"""The order in which due things happen (R15): instant, then kind, then id. None happens before its time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lifecycle.machines.dossier import Dossier, kind_of
from lifecycle.machines.table import EVENTS

RANKS: Mapping[tuple[str, str], int] = {
    (kind, event.name): event.clock.rank
    for kind, events in EVENTS.items()
    for event in events.values()
    if event.clock is not None
}  # of the timers of one instant


@dataclass(frozen=True, slots=True, order=True)
class Timer:
    """One timer; sorts in the order in which timers fire."""

    due_at: datetime
    rank: int
    subject_id: str
    event: str = field(compare=False)


def timers(dossier: Dossier) -> list[Timer]:
    """The running timers of a dossier, in their order."""
    return sorted(_timers(dossier.subjects))


def next_due(dossier: Dossier, now: datetime) -> Timer | None:
    """The first timer due by now, None where none is."""
    due = [s for s in dossier.subjects if s.due_at is not None and s.due_at <= now]  # most often none
    return min(_timers(due), default=None) if due else None


def _timers(subjects: Iterable[Any]) -> Iterator[Timer]:
    for s in subjects:
        if s.due_at is not None and s.due_event is not None:
            yield Timer(s.due_at, RANKS[kind_of(s), s.due_event], s.id, s.due_event)
