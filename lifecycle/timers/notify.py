"""Notifies the schedulers of other processes of changed timers."""

from datetime import datetime

from sqlalchemy import Connection, text

from lifecycle.records.engine import is_sqlite

CHANNEL = "lifecycle_due"


def notify(conn: Connection, due_at: datetime | None = None) -> None:
    """Notify the schedulers of other processes of changed timers. due_at: when to sweep, None for immediately.

    PostgreSQL delivers the notification when the transaction commits. On SQLite this does nothing: there is one
    process.
    """
    if not is_sqlite(conn):
        at = due_at.isoformat() if due_at is not None else ""
        conn.execute(text("SELECT pg_notify(:channel, :at)"), {"channel": CHANNEL, "at": at})
