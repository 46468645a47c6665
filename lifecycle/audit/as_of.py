"""What held at a past moment, and what was believed about it: history on both axes of time."""

from datetime import datetime
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Connection, Select, bindparam, exists, literal_column, select

from lifecycle.machines.facts import Dossier
from lifecycle.machines.replay import SETS_ALONE, History, replay
from lifecycle.machines.step import fire
from lifecycle.machines.timers import next_due
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from lifecycle.records.mapping import PREFIXES
from lifecycle.records.raw import run
from lifecycle.terms.editions import EDITIONS, Editions

_ROW, _LATER = tables.history.c, tables.history.alias()
# Literally, as these statements are compiled once for good (records/raw.py).
_SETS_ALONE: list[Any] = [literal_column(f"'{event}'") for event in sorted(SETS_ALONE)]
# What is read of a payload: its beginning up to the rulings, which are most of it, and its last member.
# SQLite hands over the whole faster than a part of it, as long as it need not be decoded.
_PAYLOAD: dict[bool, Any] = {
    True: literal_column("CAST(history.payload AS BLOB)"),
    False: literal_column(
        """left(history.payload, strpos(history.payload, ',"rulings":')) || right(history.payload, 40)"""
    ),
}
_SEQ = itemgetter(1)


def _rows(payload: Any) -> Select[Any]:
    """A contract's rows that count, without those that another one overtakes."""

    def counts(row: Any) -> Any:
        return (row.effective_at <= bindparam("held")) & (row.recorded_at <= bindparam("known"))

    overtakes = (_LATER.c.subject_id == _ROW.subject_id) & (_LATER.c.seq > _ROW.seq)
    overtaken = exists().where(overtakes, _LATER.c.event == _ROW.event, counts(_LATER.c))
    return select(_ROW.subject_id, _ROW.seq, _ROW.event, payload).where(
        _ROW.contract_id == bindparam("id"), counts(_ROW), ~(_ROW.event.in_(_SETS_ALONE) & overtaken)
    )


_ROWS = {sqlite: _rows(payload) for sqlite, payload in _PAYLOAD.items()}


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
    rows = sorted(run(conn, _ROWS[is_sqlite(conn)], asked).all(), key=_SEQ)
    dossier = replay(map(_read, rows), editions)
    while dossier is not None and (timer := next_due(dossier, effective_at)) is not None:
        dossier, _ = fire(dossier, timer.subject_id, effective_at, editions)
    return dossier


def _read(row: Any) -> History:
    """What replay asks of a row: its facts, which stand between the event and the state before, and the state."""
    subject, seq, event, payload = row
    text = payload if isinstance(payload, bytes) else payload.encode()
    facts = text.find(b',"facts":')
    return {
        "subject": subject, "seq": seq, "event": event, "kind": PREFIXES[subject[0]],
        "facts": orjson.loads(text[facts + 9 : text.find(b',"from_state":', facts)]),
        "to_state": text[text.rfind(b':"') + 2 : -2].decode(),
    }  # fmt: skip
