"""What held at a past moment, and what was believed about it: history on both axes of time."""

from datetime import datetime

import orjson
from sqlalchemy import Connection, bindparam, select

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.replay import replay
from lifecycle.machines.step import fire
from lifecycle.machines.timers import next_due
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples
from lifecycle.terms.editions import EDITIONS, Editions

_ROW = tables.history.c
_ROWS = (
    select(_ROW.payload)
    .where(
        _ROW.contract_id == bindparam("id"),
        _ROW.effective_at <= bindparam("held"),
        _ROW.recorded_at <= bindparam("known"),
    )
    .order_by(_ROW.seq)
)


def as_of(
    conn: Connection,
    contract_id: str,
    effective_at: datetime,
    known_at: datetime,
    editions: Editions = EDITIONS,
) -> Dossier | None:
    """The dossier as it stood at effective_at by what was on record at known_at; None before its application.

    Both are instants with zone. Timers due by effective_at have fired, whether or not a row says so yet:
    a past moment is answered by legal time (R16), a coming one by what will follow.
    """
    asked = {"id": contract_id, "held": effective_at, "known": known_at}
    rows = [orjson.loads(payload) for (payload,) in fetch_tuples(conn, _ROWS, asked)]
    dossier = replay(rows, editions)
    while dossier is not None and (timer := next_due(dossier, effective_at)) is not None:
        dossier, _ = fire(dossier, timer.subject_id, effective_at, editions)
    return dossier
