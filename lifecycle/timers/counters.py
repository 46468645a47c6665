"""What a sweep did, what all of this process have done, and the heartbeat of the sweeps of all, which is a row."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Connection, bindparam, text

from lifecycle.records import tables
from lifecycle.timers.clock import CLOCK_ID, raise_high_water_mark
from lifecycle.timers.due import KindEvent


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did.

    counts: timers fired, by kind and event. parked: timers set aside. late: by how much the most overdue one
    fired after its instant. left: something due is still there, held by somebody else or cut short by `stop`.
    next_due_at: the earliest instant to come at which there is something to do.
    """

    counts: Mapping[tuple[str, str], int]
    parked: int
    batches: int
    late: timedelta
    left: bool
    next_due_at: datetime | None

    @property
    def fired(self) -> int:
        """How many timers fired."""
        return sum(self.counts.values())


SWEEPS, MILLISECONDS, PARKED = ("sweep", "sweeps"), ("sweep", "milliseconds"), ("sweep", "parked")
_MS = timedelta(milliseconds=1)
_HEARTBEAT = text("UPDATE clock SET swept_at = :at WHERE id = :id").bindparams(
    bindparam("at", type_=tables.clock.c.heartbeat_at.type)
)
_LAST = text("UPDATE clock SET sweep_ms = :took, late_ms = :late WHERE id = :id")
_counted: Counter[KindEvent] = Counter()
_counting = Lock()


def beat(conn: Connection, now: datetime, took: timedelta, late: timedelta, *, fired: bool) -> None:
    """The end of a sweep: its heartbeat at `now`, and how long it took if anything fired."""
    raise_high_water_mark(conn, now)
    conn.execute(_HEARTBEAT, {"id": CLOCK_ID, "at": now})
    if fired:
        conn.execute(_LAST, {"id": CLOCK_ID, "took": took // _MS, "late": late // _MS})


def count_sweep(counts: Mapping[KindEvent, int], parked: int, took: timedelta) -> None:
    """Adds a sweep to the totals of this process."""
    with _counting:
        _counted.update({**counts, PARKED: parked, SWEEPS: 1, MILLISECONDS: took // _MS})


def totals() -> Mapping[KindEvent, int]:
    """This process's totals by kind and event: fired timers, and SWEEPS, MILLISECONDS and PARKED of the sweeps."""
    with _counting:
        return Counter(_counted)
