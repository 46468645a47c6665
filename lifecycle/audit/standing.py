"""How the sealing stands, by what the sealer left in the database."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from lifecycle.audit.log_tree import LogTree
from lifecycle.records import tables

_OUTBOX, _HISTORY = tables.outbox.c, tables.history.c
_OLDEST = (
    select(_HISTORY.recorded_at)
    .join(tables.outbox, (_OUTBOX.subject_id == _HISTORY.subject_id) & (_OUTBOX.seq == _HISTORY.seq))
    .order_by(_OUTBOX.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class SealingStatus:
    """How the sealing stands. sealed_at: when it last came to its end; signed, logged: rows under the newest
    checkpoint, and in the log. waiting_since: when the oldest row was recorded that the log lacks. refused,
    unposted: what is wrong, None where nothing is.
    """

    sealed_at: datetime | None
    signed: int
    logged: int
    refused: str | None
    unposted: str | None
    waiting_since: datetime | None = None


def waiting_since(conn: Connection) -> datetime | None:
    """When the oldest row was recorded that is not in the log yet, None where all are."""
    found: datetime | None = conn.execute(_OLDEST).scalar()
    return found


def sealing_status(conn: Connection) -> SealingStatus:
    """How the sealing stands, by what the sealer left in the database."""
    kept = tables.sealing.c
    row = conn.execute(select(kept.sealed_at, kept.refused, kept.unposted)).first()
    sealed_at, refused, unposted = row if row is not None else (None, None, None)
    signed = conn.execute(select(func.coalesce(func.max(tables.checkpoint.c.size), 0))).scalar_one()
    return SealingStatus(sealed_at, signed, LogTree(conn).size(), refused, unposted, waiting_since(conn))
