"""What held at a past moment, and what was believed about it: history on both axes of time."""

from collections import defaultdict
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, literal_column, select

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.effects import Given, given_of
from lifecycle.machines.replay import RowReader, RowsBySubject, rebuilt
from lifecycle.machines.step import fire
from lifecycle.machines.timers import next_due
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples
from lifecycle.records.engine import is_sqlite
from lifecycle.records.mapping import PREFIXES
from lifecycle.terms.editions import EDITIONS, Editions

_ROW = tables.history.c
# Both databases hand over a whole payload faster than a part of it; SQLite as long as it need not be decoded.
_PAYLOAD: dict[bool, Any] = {True: literal_column("CAST(history.payload AS BLOB)"), False: _ROW.payload}
_ROWS = {
    sqlite: select(_ROW.subject_id, _ROW.seq, payload).where(
        _ROW.contract_id == bindparam("id"),
        _ROW.effective_at <= bindparam("held"),
        _ROW.recorded_at <= bindparam("known"),
    )
    for sqlite, payload in _PAYLOAD.items()
}
_SEQ = itemgetter(1)
_EVENT, _FROM_STATE = ',"event":', ',"from_state":'
_ENDS = {True: (_EVENT.encode(), _FROM_STATE.encode()), False: (_EVENT, _FROM_STATE)}
_BEFORE_EVENT = 70  # characters of a payload at least: the names of the members before, and an instant


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
    sqlite = is_sqlite(conn)
    dossier = rebuilt(_chains(fetch_tuples(conn, _ROWS[sqlite], asked), *_ENDS[sqlite]), _READING, editions)
    while dossier is not None and (timer := next_due(dossier, effective_at)) is not None:
        dossier, _ = fire(dossier, timer.subject_id, effective_at, editions)
    return dossier


def _chains(rows: list[tuple[Any, ...]], event: Any, from_state: Any) -> RowsBySubject:
    """Rows as they are replayed. event, from_state: how a payload's members there begin, facts being between."""
    chains: RowsBySubject = defaultdict(list)
    for subject, seq, payload in sorted(rows, key=_SEQ):
        begin = payload.find(event, _BEFORE_EVENT)
        chains[subject].append((seq, _said(payload[begin : payload.find(from_state, begin)]), payload))
    return chains


@lru_cache(maxsize=4096)
def _said(piece: str | bytes) -> tuple[str, Given]:
    """The event and the given facts of a piece of a payload: the same ones, days above all, recur on many rows."""
    said = orjson.loads((b"{%b}" if isinstance(piece, bytes) else "{%s}") % piece[1:])
    return said["event"], given_of(said["facts"])


def _state_of(payload: str | bytes) -> str:
    """The state after, a payload's last member."""
    tail = payload[-40:].decode("utf-8", "ignore") if isinstance(payload, bytes) else payload[-40:]
    return tail[tail.rfind(':"') + 2 : -2]


def _kind_of(subject_id: str) -> str:
    return PREFIXES[subject_id[0]]


_READING = RowReader(_kind_of, _state_of)
