"""What was sent to customers, for auditors: issued statements, months billed elsewhere, settlements (R40, R41).

The history contains the facts behind the amounts. Separate append-only tables contain what exactly was sent. A
statement's content is its lines as JSON, exactly the bytes of its SHA-256.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, select

from lifecycle.records import tables
from lifecycle.records.of_service import of_service
from lifecycle.sheets.writing import Cell
from lifecycle.terms.calendar import Month, instant

CHUNK = 1_000
COLUMNS = (
    "record", "contract", "month", "at", "by", "amount_yen", "kind", "subject", "entry", "settled_on", "id",
    "hash", "content",
)  # fmt: skip


def sent_rows(
    conn: Connection, month: Month | None = None, service: str | None = None
) -> Iterator[Sequence[Cell]]:
    """All that was sent and settled, or what is about one month or service, by contract; the columns first.

    record: issued, billed_elsewhere (the month is the last of those) or settled (negative: paid back).
    """
    yield COLUMNS
    for row in _rows(conn, tables.issued, month, service):
        yield _cells(
            "issued", row, at=instant(row.issued_at), by=row.issued_by, amount_yen=row.total_yen, hash=row.hash,
            content=row.lines,
        )  # fmt: skip
    elsewhere = tables.billed_elsewhere.c
    until = of_service(select(*elsewhere), elsewhere.contract_id, service).order_by(elsewhere.contract_id)
    for row in _streamed(conn, until if month is None else until.where(elsewhere.until >= str(month))):
        at = instant(row.recorded_at)
        yield _cells("billed_elsewhere", row, month=row.until, at=at, by=row.recorded_by, content=row.lines)
    for row in _rows(conn, tables.settled, month, service):
        yield _cells(
            "settled", row, at=instant(row.recorded_at), by=row.recorded_by, amount_yen=row.amount_yen,
            kind=row.kind, subject=row.subject_id, entry=row.cause, settled_on=row.settled_on.isoformat(),
            id=row.id, content=row.how,
        )  # fmt: skip


def _cells(record: str, row: Any, **more: Cell) -> list[Cell]:
    known = {"record": record, "contract": row.contract_id, **more}
    if "month" not in known:
        known["month"] = row.month
    return [known.get(name) for name in COLUMNS]


def _rows(conn: Connection, table: Table, month: Month | None, service: str | None) -> Iterator[Any]:
    found = of_service(select(*table.c), table.c.contract_id, service).order_by(table.c.contract_id, table.c.month)
    return _streamed(conn, found if month is None else found.where(table.c.month == str(month)))


def _streamed(conn: Connection, found: Select[Any]) -> Iterator[Any]:
    yield from conn.execute(found.execution_options(yield_per=CHUNK))
