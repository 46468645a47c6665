"""Counters: of one sweep, of all sweeps of this process, and the heartbeat row of all processes."""

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
    """The result of a sweep.

    counts: fired timers by kind and event. parked: timers that were parked. late: the longest delay between the
    instant of a timer and its firing. left: whether due timers remain, because another process holds them or
    `stop` ended the sweep. next_due_at: the instant of the next timer.
    """

    counts: Mapping[tuple[str, str], int]
    parked: int
    batches: int
    late: timedelta
    left: bool
    next_due_at: datetime | None

    @property
    def fired(self) -> int:
        """The number of timers that fired."""
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
    """Record the end of a sweep: its heartbeat at `now`, and its duration if anything fired."""
    raise_high_water_mark(conn, now)
    conn.execute(_HEARTBEAT, {"id": CLOCK_ID, "at": now})
    if fired:
        conn.execute(_LAST, {"id": CLOCK_ID, "took": took // _MS, "late": late // _MS})


def count_sweep(counts: Mapping[KindEvent, int], parked: int, took: timedelta) -> None:
    """Add a sweep to the totals of this process."""
    with _counting:
        _counted.update({**counts, PARKED: parked, SWEEPS: 1, MILLISECONDS: took // _MS})


def totals() -> Mapping[KindEvent, int]:
    """Return the totals of this process: fired timers by kind and event, and SWEEPS, MILLISECONDS and PARKED of
    the sweeps.
    """
    with _counting:
        return Counter(_counted)
