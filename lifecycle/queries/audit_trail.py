"""The history in the order of recording: what auditors ask of many rows at once, streamed and in pages.

Time spans are half open: since <= recorded < until. A page starts after a row, given by its id.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, text, tuple_

from lifecycle.history.payload import told
from lifecycle.history.rows import in_full
from lifecycle.machines.step import CLOCK
from lifecycle.queries.views.audit import AuditRow, Decision, LateEntry, LateFiring, OfReading
from lifecycle.queries.views.common import stored_rulings_view
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from lifecycle.records.mapping import Unknown
from lifecycle.records.of_service import of_service
from lifecycle.terms.calendar import instant
from lifecycle.terms.readings import READINGS

Ground = Literal["choice", "assumed"]
DAY_S = 86_400
_STEP, _AT_ONCE = 1000, 200
_H = tables.history.c
_PEOPLE = text("actor <> 'clock'")  # literally as the index on what people did says it
_PLACE = (_H.recorded_at, _H.subject_id, _H.seq)


@dataclass(frozen=True, slots=True)
class Span:
    """When rows were recorded: instants with zone, None for no bound. after: the id of the last row seen.

    service: only rows of its contracts.
    """

    since: datetime | None = None
    until: datetime | None = None
    after: str | None = None
    service: str | None = None


def actions(conn: Connection, actor: str, span: Span) -> Iterator[Any]:
    """The rows (payload, hash) that somebody wrote, in the order of recording."""
    people = () if actor == CLOCK else (_PEOPLE,)
    yield from _rows(conn, span, _H.actor == actor, *people)


def late_entries(conn: Connection, more_than_days: int, span: Span) -> Iterator[LateEntry]:
    """The cancellation notices that were entered more than the given days after their arrival (R7)."""
    late = lag_s(conn) > more_than_days * DAY_S  # from the arrival day's beginning
    for row in _rows(conn, span, _PEOPLE, _H.event == "notify_cancellation", late):
        payload = orjson.loads(row.payload)
        facts = payload["facts"]
        arrived, keyed = (datetime.fromisoformat(facts[name]) for name in ("arrived_on", "keyed_on"))
        days = (keyed - arrived).days
        if days > more_than_days:
            yield {
                **_place(row, payload), "arrived_on": facts["arrived_on"], "keyed_on": facts["keyed_on"],
                "days": days, "actor": payload["actor"], "reason": payload["reason"],
            }  # fmt: skip


def late_firings(conn: Connection, more_than_s: float, span: Span) -> Iterator[LateFiring]:
    """Lists transitions of the clock that were recorded more than this number of seconds late (R16).

    late_by_s: recorded minus due. known_at: when the fact behind it was recorded; the clock could not act
    before: clock_late_by_s counts from the later of the two.
    """
    late = lag_s(conn) > more_than_s - 1
    rows = _rows(conn, span, _H.actor == CLOCK, late)
    while some := list(islice(rows, _STEP)):
        payloads = [orjson.loads(row.payload) for row in some]
        known = _recorded(conn, {p["caused_by"] for p in payloads} - {None})
        for row, payload in zip(some, payloads, strict=True):
            late_by = row.recorded_at - row.effective_at
            if late_by <= timedelta(seconds=more_than_s):
                continue
            brought = "brought_by" in payload.get("line", {})  # by a row of the same instant, and never before it
            known_at = row.recorded_at if brought else known.get(payload["caused_by"], row.effective_at)
            yield {
                **_place(row, payload),
                "event": payload["event"], "due_at": payload["due_at"], "late_by_s": late_by.total_seconds(),
                "caused_by": payload["caused_by"], "known_at": instant(known_at),
                "clock_late_by_s": (row.recorded_at - max(known_at, row.effective_at)).total_seconds(),
            }  # fmt: skip


def rests_on(conn: Connection, ground: Ground, span: Span, reading: str | None = None) -> Iterator[Decision]:
    """The decisions that rest on a `choice` reading, or on terms that are `assumed`: with those rulings alone."""
    rows = _rows(conn, span, *_resting(ground, reading))
    while some := list(islice(rows, _AT_ONCE)):
        for row, payload in zip(some, in_full(conn, some), strict=True):
            rulings = [r for r in _rulings(payload) if _is(r, ground) and reading in (None, r["reading"])]
            if rulings:
                yield {
                    **_place(row, payload), "event": payload["event"], "actor": payload["actor"],
                    "rulings": stored_rulings_view(rulings),
                }  # fmt: skip


def count_readings(conn: Connection, ground: Ground, span: Span, reading: str | None = None) -> list[OfReading]:
    """How many decisions rest on each reading, of all that rests_on() gives."""
    count: Counter[str] = Counter()
    rows = conn.execute(_within(conn, span, select(_H.payload), *_resting(ground, reading)))
    for payload in rows.yield_per(_STEP).scalars():
        begin, end = payload.find(',"rulings":'), payload.rfind(',"seq":')
        moved = payload.find(',"moved":', 0, begin) > 0
        count.update(_readings(payload if moved else "{" + payload[begin + 1 : end] + "}", ground))
    if reading is not None:
        count = Counter({reading: count[reading]} if count[reading] else {})
    ordered = sorted(count, key=lambda n: int(n[1:]))
    return [
        {"reading": n, "title": READINGS[n].title, "basis": READINGS[n].basis, "rows": count[n]} for n in ordered
    ]


@lru_cache(maxsize=20_000)
def _readings(payload: str, ground: Ground) -> frozenset[str]:
    """The readings behind a payload's rulings, which recur on many rows."""
    rulings = [one if isinstance(one, dict) else told(one) for one in _rulings(orjson.loads(payload))]
    return frozenset(r["reading"] for r in rulings if _is(r, ground))


def _resting(ground: Ground, reading: str | None) -> list[ColumnElement[bool]]:
    marks = {  # of rulings in full, and of those that repeat one
        "choice": ('%"basis":"%choice"%', '% choice"%', '% choice, assumed"%'),
        "assumed": ('%"assumed":true%', '%, assumed"%'),
    }
    asked = [marks[ground]] + ([(f'%"reading":"{reading}"%', f"% {reading} %")] if reading is not None else [])
    return [or_(*[_H.payload.like(mark) for mark in either]) for either in asked]


def row_of(conn: Connection, row_id: str) -> Any:
    """One history row (payload, hash, recorded_at) by its id, None where there is none."""
    subject_id, _, seq = row_id.rpartition(".")
    statement = select(_H.payload, _H.hash, _H.recorded_at).where(
        _H.subject_id == subject_id, _H.seq == (int(seq) if seq.isdecimal() and len(seq) < 10 else 0)
    )
    return conn.execute(statement).one_or_none()


def _recorded(conn: Connection, row_ids: Collection[str]) -> dict[str, datetime]:
    """When rows were recorded, by their ids."""
    keys = [(subject, int(seq)) for subject, _, seq in (id_.rpartition(".") for id_ in row_ids)]
    found = select(_H.subject_id, _H.seq, _H.recorded_at).where(tuple_(_H.subject_id, _H.seq).in_(keys))
    return {f"{row.subject_id}.{row.seq}": row.recorded_at for row in conn.execute(found)}


def _recorded_at(conn: Connection, row_id: str) -> datetime | None:
    found = row_of(conn, row_id)
    return found.recorded_at if found else None


def people_rows(conn: Connection, span: Span, *conditions: Any) -> Iterator[Any]:
    """The rows that people wrote, columns as _rows has them."""
    yield from _rows(conn, span, _PEOPLE, *conditions)


def _rows(conn: Connection, span: Span, *conditions: Any) -> Iterator[Any]:
    columns = _H.subject_id, _H.seq, _H.contract_id, _H.effective_at, _H.recorded_at, _H.payload, _H.hash
    statement = _within(conn, span, select(*columns), *conditions)
    with conn.execute(statement.order_by(*_PLACE).execution_options(yield_per=_STEP)) as found:
        yield from found


def _within(conn: Connection, span: Span, statement: Select[Any], *conditions: Any) -> Select[Any]:
    """The statement on the rows of a span that meet conditions. Raises Unknown."""
    statement = of_service(statement.where(*conditions), _H.contract_id, span.service)
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
    return statement


def lag_s(conn: Connection) -> Any:
    """Seconds from legal to recorded time, to a millisecond."""
    if is_sqlite(conn):
        return (func.julianday(_H.recorded_at) - func.julianday(_H.effective_at)) * float(DAY_S)
    return func.extract("epoch", _H.recorded_at - _H.effective_at)


def _rulings(payload: Mapping[str, Any]) -> Iterator[Any]:
    """As they are stored."""
    yield from payload["rulings"]
    for moved in payload.get("moved", ()):
        yield from moved["rulings"]


def _is(ruling: Mapping[str, Any], ground: Ground) -> bool:
    return bool(ruling["assumed"]) if ground == "assumed" else "choice" in ruling["basis"]


def _place(row: Any, payload: Mapping[str, Any]) -> AuditRow:
    return {
        "id": f"{row.subject_id}.{row.seq}", "contract_id": row.contract_id, "subject_id": row.subject_id,
        "effective_at": payload["effective_at"], "recorded_at": payload["recorded_at"],
    }  # fmt: skip
