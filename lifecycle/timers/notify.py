"""Telling the alarms of other processes that timers have changed."""

from datetime import datetime

from sqlalchemy import Connection, text

from lifecycle.records.engine import is_sqlite

CHANNEL = "lifecycle_due"


def notify(conn: Connection, due_at: datetime | None = None) -> None:
    """Tells the alarms of other processes that timers have changed; due_at: when to look, None for at once.

    On PostgreSQL, delivered when the transaction commits; nothing on SQLite, where there is one process.
    """
    if not is_sqlite(conn):
        at = due_at.isoformat() if due_at is not None else ""
        conn.execute(text("SELECT pg_notify(:channel, :at)"), {"channel": CHANNEL, "at": at})
