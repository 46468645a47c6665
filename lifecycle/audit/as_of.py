"""What held at a past moment, and what was believed about it: history on both axes of time."""

from datetime import datetime

import orjson
from sqlalchemy import Connection, bindparam, select

from lifecycle.machines.facts import Dossier
from lifecycle.machines.replay import happened_by, replay
from lifecycle.machines.step import fire
from lifecycle.machines.timers import next_due
from lifecycle.records import tables
from lifecycle.terms.editions import EDITIONS, Editions

_HISTORY = (
    select(tables.history.c.payload)
    .where(tables.history.c.contract_id == bindparam("id"))
    .order_by(tables.history.c.subject_id, tables.history.c.seq)
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
    payloads = conn.execute(_HISTORY, {"id": contract_id}).scalars()
    rows = happened_by(map(orjson.loads, payloads), effective_at, known_at)
    dossier = replay(rows, editions)
    while dossier is not None and (timer := next_due(dossier, effective_at)) is not None:
        dossier, _ = fire(dossier, timer.subject_id, effective_at, editions)
    return dossier
