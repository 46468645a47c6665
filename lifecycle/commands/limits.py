"""How many ends one person may enter alone within an hour; counted where they are entered, under a lock."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select, text

from lifecycle.commands.idempotency import lock_number
from lifecycle.machines.table import EVENTS
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite

HOUR = timedelta(hours=1)
_PEOPLE = text("actor <> 'clock'")  # literally as the index on what people did says it
_LOCK = text("SELECT pg_advisory_xact_lock(:lock)")
TERMINATE = "terminate"
PUT_RIGHT = ("correct_entry", "annul_entry")
ENDS = sorted({event.name for events in EVENTS.values() for event in events.values() if event.ends})


def ends_left(conn: Connection, actor: str, now: datetime, most: int) -> int:
    """How many more ends somebody may enter, of so many in an hour.

    Ends are cancellation notices, company's ends, and corrections and annulments upon which something ended.
    Until the transaction ends nobody else counts those of the same person: what it enters is counted next.
    """
    if not is_sqlite(conn):  # where one writes at a time
        conn.execute(_LOCK, {"lock": lock_number(f"ends of {actor}")})
    table = tables.history.c
    mine = (_PEOPLE, table.actor == actor, table.recorded_at > now - HOUR)
    counts = or_(table.event.in_(ENDS), table.event.in_(PUT_RIGHT) & _ended_something())
    found = select(table.seq).where(*mine, counts).limit(most).subquery()
    return most - conn.execute(select(func.count()).select_from(found)).scalar_one()


def _ended_something() -> Any:
    """Whether the clock's end of something stands recorded together with a row, as what the row brought."""
    row, end = tables.history.c, tables.history.alias()
    return (
        select(end.c.seq)
        .where(
            end.c.contract_id == row.contract_id, end.c.recorded_at == row.recorded_at, end.c.event == TERMINATE
        )
        .exists()
    )
