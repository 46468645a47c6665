"""Reads what a sweep wrote."""

from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Engine, select

from lifecycle.history.operations_log import latest
from lifecycle.records import tables
from lifecycle.records.engine import reading


class Fired(NamedTuple):
    """One history row of the clock."""

    due_at: datetime
    subject_id: str
    event: str
    recorded_at: datetime
    payload: dict[str, Any]


def fired(engine: Engine) -> list[Fired]:
    """What the clock has done, in the order of writing, sealed or not."""
    h, p, sealed = tables.history.c, tables.outbox.c, tables.log.c
    statement = (
        select(h.effective_at, h.subject_id, h.event, h.recorded_at, h.payload)
        .outerjoin(tables.outbox, (p.subject_id == h.subject_id) & (p.seq == h.seq))
        .outerjoin(tables.log, (sealed.subject_id == h.subject_id) & (sealed.seq == h.seq))
        .where(h.actor == "clock", p.id.is_not(None) | sealed.idx.is_not(None))
        .order_by(sealed.idx.is_(None), sealed.idx, p.id)
    )
    with reading(engine) as conn:
        return [Fired(*row[:4], orjson.loads(row[4])) for row in conn.execute(statement)]


OF_RUNNING = ("tally", "forecast", "baseline")  # not of any contract: they tell how often and when it was swept


def rows(engine: Engine, *without: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables but the named ones and those about the running of the service, sorted."""
    with reading(engine) as conn:
        return {
            table.name: sorted(tuple(map(repr, row)) for row in conn.execute(select(table)))
            for table in tables.metadata.sorted_tables
            if table.name not in (*without, *OF_RUNNING)
        }


def parked(engine: Engine) -> dict[str, Any]:
    """The parked timers by subject."""
    with reading(engine) as conn:
        return {row.subject_id: row for row in conn.execute(select(tables.parked))}


def noted(engine: Engine) -> list[tuple[str, datetime, str]]:
    """The logbook, the oldest first: event, when and why."""
    with reading(engine) as conn:
        return [(note.event, note.at, note.reason) for note in reversed(latest(conn, limit=100))]
