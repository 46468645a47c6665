"""The state of the sealing, as the sealer stored it in the database."""

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
    """The state of the sealing. sealed_at: the end of its last run; signed, logged: rows under the newest
    checkpoint, and in the log. waiting_since: the recording time of the oldest pending row. refused, unposted:
    errors, None for none.
    """

    sealed_at: datetime | None
    signed: int
    logged: int
    refused: str | None
    unposted: str | None
    waiting_since: datetime | None = None


def waiting_since(conn: Connection) -> datetime | None:
    """Return the recording time of the oldest pending row, None for none."""
    found: datetime | None = conn.execute(_OLDEST).scalar()
    return found


def sealing_status(conn: Connection) -> SealingStatus:
    """Return the state of the sealing."""
    kept = tables.sealing.c
    row = conn.execute(select(kept.sealed_at, kept.refused, kept.unposted)).first()
    sealed_at, refused, unposted = row if row is not None else (None, None, None)
    signed = conn.execute(select(func.coalesce(func.max(tables.checkpoint.c.size), 0))).scalar_one()
    return SealingStatus(sealed_at, signed, LogTree(conn).size(), refused, unposted, waiting_since(conn))
