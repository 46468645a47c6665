"""Statements of one month for all contracts, streamed: a thousand dossiers in memory at a time."""

import csv
from collections.abc import Callable, Iterator
from typing import IO, Any

from sqlalchemy import Connection, func, or_, select

from lifecycle.queries.charges import statement
from lifecycle.records import tables
from lifecycle.records.mapping import load_many
from lifecycle.sheets.inert import inert
from lifecycle.terms.calendar import Month, end_of, start_of
from lifecycle.terms.editions import EDITIONS, Editions

PART = 1000
OF_STATEMENT = ("contract_id", "reference", "month")
OF_LINE = ("kind", "subject_id", "arose_at", "amount_yen", "flag")
OF_RULING = ("article", "reading", "because")


def statements(conn: Connection, month: Month, editions: Editions = EDITIONS) -> Iterator[dict[str, Any]]:
    """The month's statement of every contract that may have lines in it, in the order of id."""
    table, after = tables.contract.c, ""
    while True:
        ids = list(conn.execute(_wanted(month).where(table.id > after).order_by(table.id).limit(PART)).scalars())
        if not ids:
            return
        after = ids[-1]
        dossiers = load_many(conn, ids)
        for contract_id in ids:
            yield statement(dossiers[contract_id], month, editions)


def count_statements(conn: Connection, month: Month) -> int:
    """How many statements there are."""
    return int(conn.execute(select(func.count()).select_from(_wanted(month).subquery())).scalar_one())


def write_csv(found: Iterator[dict[str, Any]], file: IO[str], progress: Callable[[], object]) -> int:
    """Writes statements line by line; how many lines. A cell never becomes a formula."""
    writer = csv.writer(file)
    writer.writerow((*OF_STATEMENT, *OF_LINE, *OF_RULING))
    written = 0
    for one in found:
        for line in one["lines"]:
            cells = [one[name] for name in OF_STATEMENT] + [line[name] for name in OF_LINE]
            cells += [line["ruling"][name] for name in OF_RULING]
            writer.writerow([plain_cell(cell) for cell in cells])
            written += 1
        progress()
    return written


def plain_cell(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return inert(cell) if isinstance(cell, str) else cell


def _wanted(month: Month) -> Any:
    """Those accepted by the month's end and not over before it, or with a credit claimed in it."""
    table, credit = tables.contract.c, tables.SUBJECTS["credit"].c
    claimed = select(credit.contract_id).where(
        credit.claimed_at >= start_of(month.first), credit.claimed_at < end_of(month.last)
    )
    return select(table.id).where(
        table.accepted_on <= month.last,
        or_(
            table.effective_on.is_(None),
            table.effective_on >= month.first,
            table.accepted_on >= month.first,
            table.id.in_(claimed),
        ),
    )
