"""How many ends one person may enter alone within an hour; counted where they are entered, under a lock."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, text

from lifecycle.commands.idempotency import lock_number
from lifecycle.machines.table import EVENTS
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite

HOUR = timedelta(hours=1)
_PEOPLE = text("actor <> 'clock'")  # literally as the index on what people did says it
_LOCK = text("SELECT pg_advisory_xact_lock(:lock)")
ENDS = sorted({event.name for events in EVENTS.values() for event in events.values() if event.ends})


def ends_left(conn: Connection, actor: str, now: datetime, most: int) -> int:
    """How many more ends (cancellation notices, company's ends) somebody may enter, of so many in an hour.

    Until the transaction ends nobody else counts those of the same person: what it enters is counted next.
    """
    if not is_sqlite(conn):  # where one writes at a time
        conn.execute(_LOCK, {"lock": lock_number(f"ends of {actor}")})
    table = tables.history.c
    mine = (_PEOPLE, table.actor == actor, table.recorded_at > now - HOUR, table.event.in_(ENDS))
    found = select(table.seq).where(*mine).limit(most).subquery()
    return most - conn.execute(select(func.count()).select_from(found)).scalar_one()
