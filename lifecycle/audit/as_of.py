"""What held at a past moment, and what was believed about it: history on both axes of time."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, literal_column, select

from lifecycle.machines.effects import Given, given_of
from lifecycle.machines.facts import Dossier
from lifecycle.machines.replay import Reading, Row, rebuilt
from lifecycle.machines.step import fire
from lifecycle.machines.timers import next_due
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from lifecycle.records.mapping import PREFIXES
from lifecycle.records.raw import tuples
from lifecycle.terms.editions import EDITIONS, Editions

_ROW = tables.history.c
# Both databases hand over a whole payload faster than a part of it; SQLite as long as it need not be decoded.
_PAYLOAD: dict[bool, Any] = {True: literal_column("CAST(history.payload AS BLOB)"), False: _ROW.payload}
_ROWS = {
    sqlite: select(_ROW.subject_id, _ROW.seq, _ROW.event, payload).where(
        _ROW.contract_id == bindparam("id"),
        _ROW.effective_at <= bindparam("held"),
        _ROW.recorded_at <= bindparam("known"),
    )
    for sqlite, payload in _PAYLOAD.items()
}
_SEQ = itemgetter(1)
_BEFORE_FACTS = 100  # characters of a payload at least: the names of the members before, and two instants


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
    rows: list[Row] = sorted(tuples(conn, _ROWS[sqlite], asked), key=_SEQ)
    dossier = rebuilt(rows, _READING[sqlite], editions)
    while dossier is not None and (timer := next_due(dossier, effective_at)) is not None:
        dossier, _ = fire(dossier, timer.subject_id, effective_at, editions)
    return dossier


def _facts_between(begins: Any, ends: Any) -> Callable[[Any], Given]:
    """Reads the facts of a payload, which stand between the event and the state before."""
    length = len(begins)

    def given_of_(payload: Any) -> Given:
        begin = payload.find(begins, _BEFORE_FACTS) + length
        return _given(payload[begin : payload.find(ends, begin)])

    return given_of_


@lru_cache(maxsize=4096)
def _given(facts: str | bytes) -> Given:
    """The same ones, days above all, recur on many rows."""
    return given_of(orjson.loads(facts))


def _state_of(payload: str | bytes) -> str:
    """The state after, a payload's last member."""
    tail = payload[-40:].decode("utf-8", "ignore") if isinstance(payload, bytes) else payload[-40:]
    return tail[tail.rfind(':"') + 2 : -2]


def _kind_of(subject_id: str) -> str:
    return PREFIXES[subject_id[0]]


_READING = {
    True: Reading(_kind_of, _facts_between(b',"facts":', b',"from_state":'), _state_of),
    False: Reading(_kind_of, _facts_between(',"facts":', ',"from_state":'), _state_of),
}
