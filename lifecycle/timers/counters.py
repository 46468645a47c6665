"""The sweeps' running totals and heartbeat: rows, so that any process can tell of the sweeps of all."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, text

from lifecycle.records import tables
from lifecycle.timers.clock import CLOCK_ID, raise_mark
from lifecycle.timers.due import KindEvent

SWEEPS, MILLISECONDS, PARKED = ("sweep", "sweeps"), ("sweep", "milliseconds"), ("sweep", "parked")
_MS = timedelta(milliseconds=1)
_HEARTBEAT = text("UPDATE clock SET swept_at = :at WHERE id = :id").bindparams(
    bindparam("at", type_=tables.clock.c.heartbeat_at.type)
)
_LAST = text("UPDATE clock SET sweep_ms = :took, late_ms = :late WHERE id = :id")
_ADD = text(
    "INSERT INTO tally (kind, event, number) VALUES (:kind, :event, :number) "
    "ON CONFLICT (kind, event) DO UPDATE SET number = tally.number + excluded.number"
)


def beat(
    conn: Connection, now: datetime, counts: Mapping[KindEvent, int], parked: int, took: timedelta, late: timedelta
) -> None:
    """The end of a sweep: its heartbeat at `now`, its counts added to the totals."""
    raise_mark(conn, now)
    conn.execute(_HEARTBEAT, {"id": CLOCK_ID, "at": now})
    if counts:
        conn.execute(_LAST, {"id": CLOCK_ID, "took": took // _MS, "late": late // _MS})
    more = {**counts, PARKED: parked, SWEEPS: 1, MILLISECONDS: took // _MS}
    rows = [{"kind": kind, "event": event, "number": n} for (kind, event), n in sorted(more.items()) if n]
    conn.execute(_ADD, rows)  # in one order everywhere: two sweeps that end at once cannot deadlock


def totals(conn: Connection) -> dict[KindEvent, int]:
    """All totals by kind and event: fired timers, and SWEEPS, MILLISECONDS and PARKED of the sweeps."""
    t = tables.counters.c
    return {(row.kind, row.event): row.number for row in conn.execute(select(t.kind, t.event, t.number))}
