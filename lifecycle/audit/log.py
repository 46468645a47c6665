"""The global log: every history row once, with a consecutive index, in the order in which it was added.

Rows come from `pending` and are never polled by id: a row that was committed late is still pending, so a reader of
`idx > cursor` misses nothing.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from lifecycle.audit.log_tree import LogTree
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite, reading, writing
from lifecycle.records.of_service import of_service

BATCH = 10_000
TAKING, SEALING = "take", "seal"  # rows of sealer_turn: one writer of the log, one sealer at a time
_TAKEN = f"SELECT id, subject_id, seq FROM pending ORDER BY id LIMIT {BATCH}"  # noqa: S608
_INTO = "INSERT INTO log (idx, subject_id, seq, hash)"
_NUMBERED = """
    SELECT coalesce((SELECT max(idx) + 1 FROM log), 0) + row_number() OVER (ORDER BY taken.id) - 1,
           taken.subject_id, taken.seq, history.hash
    FROM taken JOIN history ON history.subject_id = taken.subject_id AND history.seq = taken.seq"""
# On PostgreSQL in one statement, so that what is taken away is what is numbered; SQLite has one writer anyway.
_AT_ONCE = f"""
    WITH taken AS (DELETE FROM pending WHERE id IN (SELECT id FROM ({_TAKEN}) AS oldest)
                   RETURNING id, subject_id, seq) {_INTO} {_NUMBERED}"""  # noqa: S608
_NUMBER = f"{_INTO} WITH taken AS ({_TAKEN}) {_NUMBERED}"
_FORGET = f"DELETE FROM pending WHERE id IN (SELECT id FROM ({_TAKEN}))"  # noqa: S608
# Only a sealer may take rows away; for others there is nothing to do. The table's own rights decide.
_MAY = "SELECT has_table_privilege('pending', 'DELETE')"
_TURN = tables.sealer_turn.c
_ANY = select(tables.outbox.c.id).limit(1)
_ITS_ROW = (tables.history.c.subject_id == tables.log.c.subject_id) & (tables.history.c.seq == tables.log.c.seq)
_ROWS = (
    select(tables.log.c.idx, tables.log.c.hash, tables.history.c.payload, tables.history.c.contract_id)
    .join(tables.history, _ITS_ROW)
    .order_by(tables.log.c.idx)
)
_ALL_ROWS = (
    select(*tables.log.c, tables.history.c.payload).outerjoin(tables.history, _ITS_ROW).order_by(tables.log.c.idx)
)
_END = select(func.coalesce(func.max(tables.log.c.idx), -1))


def move_pending(conn: Connection) -> int:
    """Move at most BATCH pending rows into the log; return how many.

    In the caller's transaction. On PostgreSQL only one sealer at a time can do this (records/roles.py); for others
    there is nothing to move.
    """
    if is_sqlite(conn):
        number = conn.exec_driver_sql(_NUMBER).rowcount
        conn.exec_driver_sql(_FORGET)
    elif conn.exec_driver_sql(_MAY).scalar_one() and try_sealer_lock(conn, TAKING):
        number = conn.exec_driver_sql(_AT_ONCE).rowcount
    else:
        return 0
    if number:
        LogTree(conn).grow()
    return number


def move_all_pending(engine: Engine) -> int:
    """Move all pending rows into the log, in separate short transactions; return how many."""
    number = 0
    with reading(engine) as conn:
        waiting = anything_in_outbox(conn)
    while waiting:
        with writing(engine) as conn:
            taken = move_pending(conn)
        number, waiting = number + taken, taken == BATCH
    return number


def try_sealer_lock(conn: Connection, what: str) -> bool:
    """Whether this is the only sealer on PostgreSQL, until the caller's transaction ends."""
    turn = select(_TURN.name).where(_TURN.name == what).with_for_update(skip_locked=True)
    return conn.execute(turn).first() is not None


def anything_in_outbox(conn: Connection) -> bool:
    """Whether rows are pending."""
    return conn.execute(_ANY).first() is not None


def read_log(
    conn: Connection, after: int, limit: int, *, archived_too: bool = False, service: str | None = None
) -> list[Any]:
    """Log rows with an index above `after`, in order: (idx, hash, payload, contract_id).

    archived_too: also those whose row was dropped; then (idx, subject_id, seq, hash, payload). service: only rows
    of its contracts.
    """
    rows = of_service(_ALL_ROWS if archived_too else _ROWS, tables.history.c.contract_id, service)
    return list(conn.execute(rows.where(tables.log.c.idx > after).limit(limit)).all())


def read_at(conn: Connection, places: Sequence[int]) -> list[Any]:
    """The same of the rows at certain indices, as far as there are any."""
    return list(conn.execute(_ROWS.where(tables.log.c.idx.in_(places))).all())


def log_end(conn: Connection) -> int:
    """The index of the newest row, -1 where there is none."""
    found: int = conn.execute(_END).scalar_one()
    return found
