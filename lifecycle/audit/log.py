"""The global log: every history row once, under a dense index, in the order in which it was taken up.

Rows are taken from `pending`, never polled by id: a row that was committed late is still there to be taken,
so a reader of `idx > cursor` misses nothing.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite

BATCH = 10_000
_LOCK = 0x11FEC1C1F  # one writer of the log at a time
_TAKEN = (
    select(tables.pending.c.id, tables.history.c.subject_id, tables.history.c.seq, tables.history.c.hash)
    .join(
        tables.history,
        (tables.history.c.subject_id == tables.pending.c.subject_id)
        & (tables.history.c.seq == tables.pending.c.seq),
    )
    .order_by(tables.pending.c.id)
    .limit(BATCH)
)
_NEXT = select(func.coalesce(func.max(tables.log.c.idx) + 1, 0))
_ANY = select(tables.pending.c.id).limit(1)


def take_up(conn: Connection) -> int:
    """Moves pending rows into the log, at most BATCH of them; how many. In the caller's transaction.

    On PostgreSQL one caller at a time by advisory lock; another one finds nothing to do.
    """
    if not is_sqlite(conn):
        locked = conn.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({_LOCK})").scalar_one()
        if not locked:
            return 0
    rows = conn.execute(_TAKEN).all()
    if not rows:
        return 0
    start = conn.execute(_NEXT).scalar_one()
    conn.execute(
        insert(tables.log),
        [
            {"idx": start + i, "subject_id": row.subject_id, "seq": row.seq, "hash": row.hash}
            for i, row in enumerate(rows)
        ],
    )
    _forget(conn, [row.id for row in rows])
    return len(rows)


def anything_pending(conn: Connection) -> bool:
    """Whether rows wait to be taken into the log."""
    return conn.execute(_ANY).first() is not None


def read(conn: Connection, after: int, limit: int) -> list[Any]:
    """Log rows with an index above `after`, in order, with their payloads: (idx, hash, payload)."""
    statement = (
        select(tables.log.c.idx, tables.log.c.hash, tables.history.c.payload)
        .join(
            tables.history,
            (tables.history.c.subject_id == tables.log.c.subject_id) & (tables.history.c.seq == tables.log.c.seq),
        )
        .where(tables.log.c.idx > after)
        .order_by(tables.log.c.idx)
        .limit(limit)
    )
    return list(conn.execute(statement).all())


def _forget(conn: Connection, ids: Sequence[int]) -> None:
    for start in range(0, len(ids), 1000):
        part = list(ids[start : start + 1000])
        conn.execute(delete(tables.pending).where(tables.pending.c.id.in_(part)))
