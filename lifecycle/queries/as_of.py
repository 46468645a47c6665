"""The state at a past moment, and as it was known at another: the history on both axes of time."""

from datetime import datetime

import orjson
from sqlalchemy import Connection, bindparam, select

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entries import entries_of, recorded_order
from lifecycle.machines.fold import fold
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples
from lifecycle.terms.editions import EDITIONS, Editions

_ROW = tables.history.c
_ROWS = select(_ROW.payload).where(_ROW.contract_id == bindparam("id"), _ROW.recorded_at <= bindparam("known"))


def as_of(
    conn: Connection,
    contract_id: str,
    effective_at: datetime,
    known_at: datetime,
    editions: Editions = EDITIONS,
) -> Dossier | None:
    """The dossier as it stood at effective_at by the rows recorded up to known_at; None before its application.

    Both are instants with zone. The entries that stood at known_at are folded up to effective_at: a past moment is
    answered by legal time (R16), a coming one by what will follow.
    """
    rows = fetch_tuples(conn, _ROWS, {"id": contract_id, "known": known_at})
    payloads = recorded_order(orjson.loads(payload) for (payload,) in rows)
    return fold(entries_of(payloads), effective_at, editions).dossier
