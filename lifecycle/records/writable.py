"""Whether a database accepts writes: a row is written and committed, because only that detects a full disk."""

import sqlite3
from typing import Any

from sqlalchemy import Engine, text

from lifecycle.records.database_file import DatabaseFile
from lifecycle.records.engine import BUSY_MS, is_sqlite, writing

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
SHORT_MS = 100  # seconds to wait for a lock; if another process holds it, that process can write
_WRITE = (
    "INSERT INTO tally (kind, event, number) VALUES ('probe', 'written', 1) "
    "ON CONFLICT (kind, event) DO UPDATE SET number = tally.number + 1"
)


def write_probe(engine: Engine) -> None:
    """Write one row of the counters. Raises the database's errors."""
    if is_sqlite(engine):
        _write_to_file(engine)
        return
    with writing(engine) as conn:
        conn.exec_driver_sql(f"SET LOCAL lock_timeout = {10 * SHORT_MS}")
        conn.execute(text(_WRITE))


def _write_to_file(engine: Engine) -> None:
    pooled = engine.raw_connection()
    try:
        file: DatabaseFile | None = pooled.info.get("file")
        if file is not None:
            file.check(pooled.info)
        connection: Any = pooled.driver_connection
        connection.execute(f"PRAGMA busy_timeout={SHORT_MS}")
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_WRITE)
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if error.sqlite_errorcode & 0xFF not in _BUSY:
                raise
        finally:
            connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    finally:
        pooled.close()
