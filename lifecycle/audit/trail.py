"""The history in the order of recording: what auditors ask of many rows at once, streamed and in pages.

Time spans are half open: since <= recorded < until. A page goes on after a row, named by its id.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement, Connection, func, select, text, tuple_

from lifecycle.audit.chain import instant
from lifecycle.machines.step import CLOCK
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from lifecycle.records.mapping import Unknown
from lifecycle.terms.readings import READINGS

Answer = dict[str, Any]
Ground = Literal["choice", "assumed"]
DAY_S = 86_400
_STEP = 1000
_H = tables.history.c
_PEOPLE = text("actor <> 'clock'")  # literally as the index on what people did says it
_PLACE = (_H.recorded_at, _H.subject_id, _H.seq)


@dataclass(frozen=True, slots=True)
class Span:
    """When rows were recorded: instants with zone, None for no bound. after: the id of the last row seen."""

    since: datetime | None = None
    until: datetime | None = None
    after: str | None = None


def actions(conn: Connection, actor: str, span: Span) -> Iterator[Any]:
    """The rows (payload, hash) that somebody wrote, in the order of recording."""
    people = () if actor == CLOCK else (_PEOPLE,)
    yield from _rows(conn, span, _H.actor == actor, *people)


def late_entries(conn: Connection, more_than_days: int, span: Span) -> Iterator[Answer]:
    """The cancellation notices keyed more than so many days after their arrival (R7)."""
    late = _lag_s(conn) > (more_than_days - 1) * DAY_S
    for row in _rows(conn, span, _PEOPLE, _H.event == "notify_cancellation", late):
        payload = orjson.loads(row.payload)
        facts = payload["facts"]
        arrived, keyed = (datetime.fromisoformat(facts[name]) for name in ("arrived_on", "keyed_on"))
        days = (keyed - arrived).days
        if days > more_than_days:
            yield _place(row, payload) | {
                "arrived_on": facts["arrived_on"], "keyed_on": facts["keyed_on"], "days": days,
                "actor": payload["actor"], "reason": payload["reason"],
            }  # fmt: skip


def late_firings(conn: Connection, more_than_s: float, span: Span) -> Iterator[Answer]:
    """The clock's transitions recorded more than so many seconds after they were due (R16).

    late_by_s: recorded minus due. known_at: when the fact behind it was recorded; the clock could not act
    before: clock_late_by_s counts from the later of the two.
    """
    late = _lag_s(conn) > more_than_s - 1
    known: dict[str, datetime] = {}
    for row in _rows(conn, span, _H.actor == CLOCK, late):
        late_by = row.recorded_at - row.effective_at
        if late_by <= timedelta(seconds=more_than_s):
            continue
        payload = orjson.loads(row.payload)
        cause = payload["caused_by"]
        if cause is not None and cause not in known:
            known[cause] = _recorded_at(conn, cause) or row.effective_at
        known_at = known.get(cause, row.effective_at)
        yield _place(row, payload) | {
            "event": payload["event"], "due_at": payload["due_at"], "late_by_s": late_by.total_seconds(),
            "caused_by": cause, "known_at": instant(known_at),
            "clock_late_by_s": (row.recorded_at - max(known_at, row.effective_at)).total_seconds(),
        }  # fmt: skip


def rests_on(conn: Connection, ground: Ground, span: Span, reading: str | None = None) -> Iterator[Answer]:
    """The decisions that rest on a `choice` reading, or on terms that are `assumed`: with those rulings alone."""
    marks = {"choice": '%choice","because":%', "assumed": '%"assumed":true%'}
    conditions: list[ColumnElement[bool]] = [_H.payload.like(marks[ground])]
    if reading is not None:
        conditions.append(_H.payload.like(f'%"reading":"{reading}"%'))
    for row in _rows(conn, span, *conditions):
        payload = orjson.loads(row.payload)
        rulings = [r for r in _rulings(payload) if _is(r, ground) and reading in (None, r["reading"])]
        if rulings:
            yield _place(row, payload) | {
                "event": payload["event"], "actor": payload["actor"], "rulings": rulings,
            }  # fmt: skip


def counted(items: Iterable[Answer]) -> list[Answer]:
    """How many decisions rest on each reading, of what rests_on() gives."""
    count = Counter(number for item in items for number in {r["reading"] for r in item["rulings"]})
    ordered = sorted(count, key=lambda n: int(n[1:]))
    return [
        {"reading": n, "title": READINGS[n].title, "basis": READINGS[n].basis, "rows": count[n]} for n in ordered
    ]


def row_of(conn: Connection, row_id: str) -> Any:
    """One history row (payload, hash, recorded_at) by its id, None where there is none."""
    subject_id, _, seq = row_id.rpartition(".")
    statement = select(_H.payload, _H.hash, _H.recorded_at).where(
        _H.subject_id == subject_id, _H.seq == (int(seq) if seq.isdecimal() and len(seq) < 10 else 0)
    )
    return conn.execute(statement).one_or_none()


def _recorded_at(conn: Connection, row_id: str) -> datetime | None:
    found = row_of(conn, row_id)
    return found.recorded_at if found else None


def _rows(conn: Connection, span: Span, *conditions: Any) -> Iterator[Any]:
    statement = select(
        _H.subject_id, _H.seq, _H.contract_id, _H.effective_at, _H.recorded_at, _H.payload, _H.hash
    ).where(*conditions)
    if span.since is not None:
        statement = statement.where(_H.recorded_at >= span.since)
    if span.until is not None:
        statement = statement.where(_H.recorded_at < span.until)
    if span.after is not None:
        subject_id, _, seq = span.after.rpartition(".")
        at = _recorded_at(conn, span.after)
        if at is None:
            raise Unknown("history row", span.after)
        statement = statement.where(_H.recorded_at >= at, tuple_(*_PLACE) > tuple_(at, subject_id, int(seq)))
    with conn.execute(statement.order_by(*_PLACE).execution_options(yield_per=_STEP)) as found:
        yield from found


def _lag_s(conn: Connection) -> Any:
    """Seconds from legal to recorded time, to a millisecond."""
    if is_sqlite(conn):
        return (func.julianday(_H.recorded_at) - func.julianday(_H.effective_at)) * float(DAY_S)
    return func.extract("epoch", _H.recorded_at - _H.effective_at)


def _rulings(payload: Answer) -> Iterator[Answer]:
    yield from payload["rulings"]
    for moved in payload.get("moved", ()):
        yield from moved["rulings"]


def _is(ruling: Answer, ground: Ground) -> bool:
    return bool(ruling["assumed"]) if ground == "assumed" else "choice" in ruling["basis"]


def _place(row: Any, payload: Answer) -> Answer:
    return {
        "id": f"{row.subject_id}.{row.seq}", "contract_id": row.contract_id, "subject_id": row.subject_id,
        "effective_at": payload["effective_at"], "recorded_at": payload["recorded_at"],
    }  # fmt: skip
