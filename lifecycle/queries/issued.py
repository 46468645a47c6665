"""What was sent and settled: issued statements, months billed elsewhere, refunds and payments (R40, R41)."""

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, ScalarSelect, bindparam, exists, func, or_, select

from lifecycle.machines.stateless_rows import STATELESS
from lifecycle.queries.wrong_ends import WrongEnd, contracts_ended_wrongly, wrong_ends
from lifecycle.records import tables
from lifecycle.records.any_of import any_of
from lifecycle.records.compiled import decoded, decoders
from lifecycle.records.of_service import of_service
from lifecycle.terms.calendar import Month


class About(NamedTuple):
    """The subject of an amount: a month, the kind of charge, and its origin."""

    month: Month
    kind: str
    subject_id: str


class SentAmount(NamedTuple):
    """An amount that was sent, in whole yen."""

    about: About
    amount_yen: int


@dataclass(frozen=True, slots=True)
class IssuedStatement:
    """A month's statement as it was sent. lines: as the interface shows them. hash: SHA-256 of their JSON."""

    month: Month
    lines: Sequence[Mapping[str, Any]]
    total_yen: int
    hash: str
    issued_at: datetime
    issued_by: str

    def amounts(self) -> Iterator[SentAmount]:
        """What was sent, each about the month that it was owed for."""
        for line in self.lines:
            adjusts = line.get("adjusts") or {"month": str(self.month), "kind": line["kind"]}
            about = About(Month.parse(adjusts["month"]), adjusts["kind"], line["subject_id"])
            yield SentAmount(about, line["amount_yen"] or 0)


@dataclass(frozen=True, slots=True)
class BilledElsewhere:
    """The months up to `until` were billed elsewhere, none for None; amounts: what they cost as the facts were."""

    until: Month | None
    amounts: Sequence[SentAmount]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """A refund (negative) or a payment that a person settled."""

    id: str
    about: About
    amount_yen: int
    cause: str | None
    settled_on: date
    how: str
    recorded_at: datetime
    annulled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """All that was sent to one customer and settled with them.

    marks: up to which month others billed, as it was believed, one after the other; the last one counts.
    annulled: settlements that never happened. wrong_ends: ends that no longer stand (R36).
    """

    issued: Mapping[Month, IssuedStatement] = field(default_factory=dict)
    marks: Sequence[BilledElsewhere] = ()
    settled: Sequence[Settled] = ()
    annulled: Sequence[Settled] = ()
    wrong_ends: Sequence[WrongEnd] = ()

    @property
    def elsewhere(self) -> BilledElsewhere | None:
        """The valid mark, None if no month was billed elsewhere."""
        return self.marks[-1] if self.marks and self.marks[-1].until is not None else None

    @property
    def elsewhere_until(self) -> Month | None:
        """The last month that was billed elsewhere."""
        return self.elsewhere.until if self.elsewhere is not None else None

    def is_elsewhere(self, month: Month) -> bool:
        """Whether a month was billed elsewhere."""
        return self.elsewhere_until is not None and month <= self.elsewhere_until

    def since(self, month: Month) -> datetime | None:
        """When a month was sent, None if it was not."""
        if month in self.issued:
            return self.issued[month].issued_at
        if not self.is_elsewhere(month):
            return None
        return next(mark.recorded_at for mark in self.marks if mark.until is not None and month <= mark.until)

    def known(self, at: datetime) -> "Sent":
        """Restrict to what was on record at an instant."""
        marks = tuple(mark for mark in self.marks if mark.recorded_at <= at)
        issued = {month: one for month, one in self.issued.items() if one.issued_at <= at}
        noted = [one for one in (*self.settled, *self.annulled) if one.recorded_at <= at]
        gone = [one for one in noted if one.annulled_at is not None and one.annulled_at <= at]
        ends = tuple(end for end in self.wrong_ends if end.known_at <= at)
        return Sent(issued, marks, tuple(one for one in noted if one not in gone), tuple(gone), ends)


NOTHING_SENT = Sent()
_TABLES = (tables.issued, tables.billed_elsewhere, tables.billed_elsewhere_moved, tables.settled,
           tables.superseded)  # fmt: skip
_ROWS = {table.name: select(*table.c) for table in _TABLES}


def sent_to(conn: Connection, contract_ids: Sequence[str]) -> Mapping[str, Sent]:
    """What was sent and settled, by contract; contracts of which nothing was are left out."""
    issued: dict[str, dict[Month, IssuedStatement]] = {}
    for row in _rows(conn, tables.issued, contract_ids):
        month = Month.parse(row["month"])
        issued.setdefault(row["contract_id"], {})[month] = IssuedStatement(
            month, orjson.loads(row["lines"]), row["total_yen"], row["hash"], row["issued_at"], row["issued_by"]
        )
    marks: dict[str, list[BilledElsewhere]] = {}
    for table in (tables.billed_elsewhere, tables.billed_elsewhere_moved):
        for row in sorted(_rows(conn, table, contract_ids), key=lambda row: row["recorded_at"]):
            marks.setdefault(row["contract_id"], []).append(_mark(row))
    settled, ends = _settled(conn, contract_ids), wrong_ends(conn, contract_ids)
    return {
        id_: Sent(
            issued.get(id_, {}),
            tuple(marks.get(id_, ())),
            tuple(one for one in settled.get(id_, ()) if one.annulled_at is None),
            tuple(one for one in settled.get(id_, ()) if one.annulled_at is not None),
            tuple(ends.get(id_, ())),
        )
        for id_ in {*issued, *marks, *settled, *ends}
    }


def _settled(conn: Connection, contract_ids: Sequence[str]) -> dict[str, list[Settled]]:
    """Settlements by contract, those included whose row was annulled."""
    found = list(_rows(conn, tables.settled, contract_ids))
    gone: dict[tuple[str, int], datetime] = {}
    if any(row["seq"] is not None for row in found):
        for row in _rows(conn, tables.superseded, [row["contract_id"] for row in found]):
            gone[row["subject_id"], row["seq"]] = row["recorded_at"]
    settled: dict[str, list[Settled]] = {}
    for row in found:
        about = About(Month.parse(row["month"]), row["kind"], row["subject_id"])
        settled.setdefault(row["contract_id"], []).append(
            Settled(
                row["id"], about, row["amount_yen"], row["cause"], row["settled_on"], row["how"],
                row["recorded_at"], gone.get((row["contract_id"], row["seq"])),
            )
        )  # fmt: skip
    return settled


def _mark(row: Mapping[str, Any]) -> BilledElsewhere:
    lines = orjson.loads(row["lines"])
    amounts = [SentAmount(About(Month.parse(month), kind, of), yen) for month, kind, of, yen in lines]
    return BilledElsewhere(Month.parse(row["until"]) if row["until"] else None, amounts, row["recorded_at"])


def _rows(conn: Connection, table: Any, contract_ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    names, columns = [column.name for column in table.c], tuple(table.c)
    for row in any_of(conn, _ROWS[table.name], table.c.contract_id, contract_ids):
        yield dict(zip(names, decoded(row, decoders(columns, conn.dialect)), strict=True))


def contracts_with_refunds(
    conn: Connection, after: str, limit: int, *, including: bool = False, service: str | None = None
) -> list[str]:
    """The ids of contracts in which money may wait for a person, in their order, after an id or including it.

    That is where a credit was claimed or an end was wrong, or where something waited when the latest month was
    sent, or something was recorded since: a difference without an entry behind it is not there.
    """
    beyond = operator.ge if including else operator.gt
    credit, history = tables.SUBJECTS["credit"].c, tables.history.c
    issued, elsewhere, moved = tables.issued.c, tables.billed_elsewhere.c, tables.billed_elsewhere_moved.c
    later = tables.issued.alias().c

    def last_entry(of: Any) -> ScalarSelect[Any]:  # as a subquery it is looked up by its index, one by one
        return (
            select(func.max(history.recorded_at))
            .where(history.contract_id == of.contract_id, history.event.not_in(STATELESS))
            .scalar_subquery()
        )

    claimed = select(credit.contract_id.label("id")).where(
        beyond(credit.contract_id, after), credit.claimed_at.is_not(None), credit.amount_yen > 0
    )
    newest = ~exists().where(later.contract_id == issued.contract_id, later.issued_at > issued.issued_at)
    sent = select(issued.contract_id.label("id")).where(
        beyond(issued.contract_id, after), newest, or_(issued.waits, last_entry(issued) >= issued.issued_at)
    )
    taken_over = select(elsewhere.contract_id.label("id")).where(
        beyond(elsewhere.contract_id, after), last_entry(elsewhere) >= elsewhere.recorded_at
    )
    corrected = select(moved.contract_id.label("id")).where(beyond(moved.contract_id, after))
    wrong = contracts_ended_wrongly(beyond(tables.superseded.c.contract_id, after))
    found: set[str] = set()
    for each in (claimed, sent, taken_over, corrected, wrong):  # apart: together a database reads whole tables
        own = of_service(each, each.selected_columns["id"], service)
        found.update(conn.execute(own.distinct().order_by("id").limit(limit)).scalars())
    return sorted(found)[:limit]


class Recorded(NamedTuple):
    """A history row that a person entered."""

    subject_id: str
    row_id: str
    recorded_at: datetime


_h = tables.history.c
_PEOPLE = (
    select(_h.subject_id, _h.seq, _h.recorded_at)
    .where(_h.contract_id == bindparam("id"), _h.actor != "clock", _h.event.not_in(STATELESS))
    .order_by(_h.recorded_at, _h.subject_id, _h.seq)
)


def entered_rows(conn: Connection, contract_id: str) -> list[Recorded]:
    """What people entered about a contract, in the order of recording; what is written beside it is no entry."""
    found = conn.execute(_PEOPLE, {"id": contract_id})
    return [Recorded(row.subject_id, f"{row.subject_id}.{row.seq}", row.recorded_at) for row in found]
