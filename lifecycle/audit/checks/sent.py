"""Compares what was sent, settled and billed elsewhere with its hashes and its history rows."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, ScalarSelect, Select, exists, func, literal, not_, select

from lifecycle.audit.checks.found import Finding
from lifecycle.machines.dossier import row_id
from lifecycle.machines.stateless_rows import ISSUE, MARK, SETTLE
from lifecycle.records import tables
from lifecycle.records.keeping import not_archived

CHUNK = 1_000
LOST = 100  # that one check names
_h, _issued, _settled = tables.history.c, tables.issued.c, tables.settled.c
_ROWS = (
    select(_h.subject_id, _h.seq, _h.event, _h.actor, _h.recorded_at, _h.payload)
    .where(_h.event.in_((ISSUE, SETTLE, MARK)))
    .execution_options(yield_per=CHUNK)
)
_MARKS = tuple(
    select(table.c.until, table.c.lines) for table in (tables.billed_elsewhere, tables.billed_elsewhere_moved)
)


def check_sent(conn: Connection) -> Iterator[Finding]:
    """Return statements whose lines differ, and history rows without their statement or settlement."""
    for row in conn.execute(select(tables.issued).execution_options(yield_per=CHUNK)):
        if _hash(row.lines) != row.hash:
            yield Finding("issued", f"{row.contract_id} {row.month}", "its lines are not those of its hash")
    for row in conn.execute(_ROWS):
        if not _stored(conn, row, orjson.loads(row.payload)["facts"]):
            why = "what it says was sent, settled or billed elsewhere is not what is stored"
            yield Finding("issued", row_id(row.subject_id, row.seq), why)
    yield from _never_issued(conn)
    yield from _never_settled(conn)


def _never_issued(conn: Connection) -> Iterator[Finding]:
    """Return statements without a row of their issue; earlier versions wrote no such rows."""
    said = exists().where(
        _h.subject_id == _issued.contract_id, _h.event == ISSUE,
        _h.payload.contains(literal('"month":"').concat(_issued.month).concat('"')),
    )  # fmt: skip
    lost = select(_issued.contract_id, _issued.month).where(
        _issued.issued_at >= _first(ISSUE), not_(said), not_archived(_issued.contract_id)
    )
    for row in conn.execute(lost.order_by(_issued.contract_id, _issued.month).limit(LOST)):
        why = "its history does not say that it was issued"
        yield Finding("issued", f"{row.contract_id} {row.month}", why)


def _never_settled(conn: Connection) -> Iterator[Finding]:
    """Return settlements without a row; earlier versions wrote none."""
    said = exists().where(_h.subject_id == _settled.contract_id, _h.seq == _settled.seq, _h.event == SETTLE)
    lost = select(_settled.id, _settled.contract_id).where(
        _settled.recorded_at >= _first(SETTLE), not_(said), not_archived(_settled.contract_id)
    )
    for row in conn.execute(lost.order_by(_settled.id).limit(LOST)):
        yield Finding("issued", f"{row.contract_id} {row.id}", "its history does not say that it was settled")


def _first(event: str) -> ScalarSelect[Any]:
    return select(func.min(_h.recorded_at)).where(_h.event == event).scalar_subquery()


def _stored(conn: Connection, row: Any, facts: Mapping[str, Any]) -> bool:
    if row.event == ISSUE:
        of_month = (_issued.contract_id == row.subject_id) & (_issued.month == facts["month"])
        asked = select(_issued.total_yen, _issued.hash, _issued.issued_at, _issued.issued_by)
        sent = conn.execute(asked.where(of_month)).first()
        return sent == (facts["total_yen"], facts["sha256"], row.recorded_at, row.actor)
    if row.event == SETTLE:
        settled = conn.execute(select(tables.settled).where(_settled.id == facts["refund"])).first()
        if settled is None or _says(settled) != facts:
            return False
        place = settled.contract_id, settled.seq, settled.recorded_at, settled.recorded_by
        return place == (row.subject_id, row.seq, row.recorded_at, row.actor)
    marks = (mark for asked in _MARKS for mark in conn.execute(_of(asked, row.subject_id)))
    return any((mark.until, _hash(mark.lines)) == (facts["until"], facts["sha256"]) for mark in marks)


def _of(asked: Select[Any], contract_id: str) -> Select[Any]:
    (table,) = asked.get_final_froms()
    return asked.where(table.c.contract_id == contract_id)


def _says(settled: Any) -> dict[str, Any]:
    return {
        "refund": settled.id, "month": settled.month, "kind": settled.kind, "subject": settled.subject_id,
        "amount_yen": settled.amount_yen, "settled_on": settled.settled_on.isoformat(),
        "sha256": _hash(settled.how),
    }  # fmt: skip


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
