"""Statements of one month for all contracts, streamed: a thousand dossiers in memory at a time."""

import csv
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import IO, Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from lifecycle.queries.issued import NOTHING_SENT, entered_rows, sent_to
from lifecycle.queries.month_statement import month_statement
from lifecycle.queries.views.fields import Answer
from lifecycle.queries.views.money import Statement, StatementTotalView
from lifecycle.records import tables
from lifecycle.records.keeping import not_archived
from lifecycle.records.mapping import load_many
from lifecycle.records.of_service import of_service
from lifecycle.sheets.writing import inert
from lifecycle.terms.calendar import Month, end_of, start_of
from lifecycle.terms.editions import EDITIONS, Editions

PART = 1000
OF_STATEMENT = ("contract_id", "reference", "month")
OF_ISSUE = ("issued_at",)
TOTALS = (*OF_STATEMENT, "total_yen", "flags", "issued_at", "billed_elsewhere")
OF_LINE = ("kind", "subject_id", "arose_at", "amount_yen", "flag")
OF_RULING = ("article", "reading", "because")


class IssueCounts(NamedTuple):
    """How many statements a month has, how many of them are issued, how many were billed elsewhere."""

    all: int
    issued: int
    elsewhere: int

    @property
    def left(self) -> int:
        """The number of statements left to issue."""
        return self.all - self.issued - self.elsewhere


def statements(
    conn: Connection, month: Month, editions: Editions = EDITIONS, after: str = "", part: int = PART,
    service: str | None = None,
) -> Iterator[Statement]:  # fmt: skip
    """The month's statement of every contract that may have lines in it, in the order of id.

    after: the id of the last contract before them. part: how many are read at a time. service: of its contracts.
    """
    while True:
        ids = contracts_of(conn, month, after, part, service)
        if not ids:
            return
        after = ids[-1]
        dossiers, known = load_many(conn, ids), sent_to(conn, ids)
        for contract_id in ids:
            sent, entered = known.get(contract_id, NOTHING_SENT), partial(entered_rows, conn, contract_id)
            yield month_statement(dossiers[contract_id], month, sent, entered, editions)


def page_of_totals(
    conn: Connection, month: Month, limit: int, after: str, service: str | None = None
) -> tuple[list[StatementTotalView], str | None]:
    """A page of a month's statements in short, and the id that the next page begins after, None on the last."""
    found = list(islice(statements(conn, month, after=after, part=limit + 1, service=service), limit + 1))
    following = found[limit - 1]["contract_id"] if len(found) > limit else None
    return [total_view(one) for one in found[:limit]], following


def total_view(one: Statement) -> StatementTotalView:
    """A statement in short."""
    return {
        "contract_id": one["contract_id"],
        "reference": one["reference"],
        "month": one["month"],
        "total_yen": one["total_yen"],
        "flags": one["flags"],
        "issued_at": one["issued_at"],
        "billed_elsewhere": one["billed_elsewhere"],
    }


def total_row(one: Statement) -> list[str | int | None]:
    """A statement in short as a row of a file, columns as in TOTALS."""
    shown = total_view(one)
    return [
        shown["contract_id"], shown["reference"], shown["month"], shown["total_yen"], "; ".join(shown["flags"]),
        shown["issued_at"], str(shown["billed_elsewhere"]).lower(),
    ]  # fmt: skip


def contracts_of(conn: Connection, month: Month, after: str, limit: int, service: str | None = None) -> list[str]:
    """The ids of the contracts that may have lines in a month, in their order, from an id on."""
    table = tables.contract.c
    wanted = of_service(_wanted(month).where(table.id > after), table.id, service)
    return list(conn.execute(wanted.order_by(table.id).limit(limit)).scalars())


def not_issued(conn: Connection, month: Month, after: str, limit: int, service: str | None = None) -> list[str]:
    """The ids of those whose month is neither issued nor was billed elsewhere, in their order, from an id on."""
    table = tables.contract.c
    left = _wanted(month).where(table.id > after, ~_issued(month), ~_elsewhere(month), not_archived(table.id))
    return list(conn.execute(_of(left, service).order_by(table.id).limit(limit)).scalars())


def issue_counts(conn: Connection, month: Month, service: str | None = None) -> IssueCounts:
    """How many of a month's statements are issued, and how many are left."""
    to_be = _wanted(month).where(or_(_issued(month), not_archived(tables.contract.c.id)))
    issued, elsewhere = (
        _wanted(month).where(_issued(month)),
        to_be.where(~_issued(month), _elsewhere(month)),
    )
    numbers = [
        int(conn.execute(select(func.count()).select_from(_of(each, service).subquery())).scalar_one())
        for each in (to_be, issued, elsewhere)
    ]
    return IssueCounts(*numbers)


def issued_months(conn: Connection, service: str | None = None) -> list[tuple[str, int, int]]:
    """The months with issued statements, of a service or of all: month, how many, yen; the latest first."""
    issued = tables.issued.c
    totals = select(issued.month, func.count(), func.sum(issued.total_yen))
    statement = of_service(totals, issued.contract_id, service).group_by(issued.month)
    return [
        (month, count, int(yen)) for month, count, yen in conn.execute(statement.order_by(issued.month.desc()))
    ]


def write_csv(found: Iterator[Answer], file: IO[str], progress: Callable[[], object]) -> int:
    """Writes statements line by line; how many lines. A cell never becomes a formula."""
    writer = csv.writer(file)
    writer.writerow((*OF_STATEMENT, *OF_LINE, *OF_RULING, *OF_ISSUE))
    written = 0
    for one in found:
        for line in one["lines"]:
            cells = [one[name] for name in OF_STATEMENT] + [line[name] for name in OF_LINE]
            cells += [line["ruling"][name] for name in OF_RULING]
            cells += [one[name] for name in OF_ISSUE]
            writer.writerow([plain_cell(cell) for cell in cells])
            written += 1
        progress()
    return written


def plain_cell(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return inert(cell) if isinstance(cell, str) else cell


def _of(wanted: Any, service: str | None) -> Any:
    return of_service(wanted, tables.contract.c.id, service)


def _issued(month: Month) -> ColumnElement[bool]:
    issued = tables.issued.c
    return exists().where(issued.contract_id == tables.contract.c.id, issued.month == str(month))


def _elsewhere(month: Month) -> ColumnElement[bool]:
    elsewhere = tables.billed_elsewhere.c
    return exists().where(elsewhere.contract_id == tables.contract.c.id, elsewhere.until >= str(month))


def _wanted(month: Month) -> Any:
    """Those accepted by the month's end and not over before it, with a credit claimed in it, or issued."""
    table, credit = tables.contract.c, tables.SUBJECTS["credit"].c
    claimed = select(credit.contract_id).where(
        credit.claimed_at >= start_of(month.first), credit.claimed_at < end_of(month.last)
    )
    issued = tables.issued.c
    sent = select(issued.contract_id).where(issued.month == str(month))
    in_force = or_(
        table.effective_on.is_(None),
        table.effective_on >= month.first,
        table.accepted_on >= month.first,
        table.id.in_(claimed),
    )
    return select(table.id).where(or_(and_(table.accepted_on <= month.last, in_force), table.id.in_(sent)))
