"""Exclusive work over all processes: the worker holds a lock, which is released when its process ends.

PostgreSQL: a transaction's advisory lock on a separate connection; SQLite has one process: a set of names in it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, func, select, text

from lifecycle.commands.idempotency import lock_number
from lifecycle.records.engine import is_sqlite

_here: set[tuple[str, str]] = set()
_guard = threading.Lock()
_HELD = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND classid = CAST(:high AS oid) AND objid = CAST(:low AS oid))"
)


@contextmanager
def alone(engine: Engine, name: str) -> Iterator[bool]:
    """Whether no other work has this name, until the block ends. It may end in another thread."""
    if is_sqlite(engine):
        mine = _taken(engine, name)
        try:
            yield mine
        finally:
            if mine:
                _here.discard(_key(engine, name))
        return
    with engine.connect() as conn, conn.begin():
        conn.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")  # as long as the work takes
        yield bool(conn.execute(select(func.pg_try_advisory_xact_lock(lock_number(name)))).scalar_one())


def under_way(conn: Connection, name: str) -> bool:
    """Whether work with this name is in progress."""
    if is_sqlite(conn):
        return _key(conn.engine, name) in _here
    number = lock_number(name) % 2**64
    held = conn.execute(_HELD, {"high": str(number >> 32), "low": str(number % 2**32)})
    return bool(held.scalar_one())


def _key(engine: Engine, name: str) -> tuple[str, str]:
    return str(engine.url), name


def _taken(engine: Engine, name: str) -> bool:
    with _guard:
        if _key(engine, name) in _here:
            return False
        _here.add(_key(engine, name))
        return True
