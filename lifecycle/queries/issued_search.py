"""Issued statements by month, day of issue, amount and customer, with ranges or alone, in any combination.

What the law on electronic books asks of a search in what was sent (電子帳簿保存法施行規則).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, or_, select, tuple_

from lifecycle.queries.views.money import IssuedFound
from lifecycle.records import tables
from lifecycle.records.finding import contracts_of_people
from lifecycle.records.of_service import of_service
from lifecycle.records.people import former_people
from lifecycle.terms.calendar import end_of, instant, start_of

_I = tables.issued.c
_PLACE = (_I.month, _I.contract_id)


@dataclass(frozen=True, slots=True)
class IssuedFilter:
    """Which statements are wanted. Bounds are inclusive; None for no bound.

    issued_from, issued_to: civil days. customer: a part of what is on record of the customer or the administrator,
    of former ones too. after: the month and the contract of the last statement seen. service: of its contracts.
    """

    month_from: str | None = None
    month_to: str | None = None
    total_from: int | None = None
    total_to: int | None = None
    customer: str | None = None
    after: str | None = None
    service: str | None = None
    issued_from: date | None = None
    issued_to: date | None = None


def find_issued(conn: Connection, wanted: IssuedFilter, limit: int) -> list[IssuedFound]:
    """At most so many issued statements, in the order of months and contracts."""
    shown = select(_I.contract_id, _I.month, _I.total_yen, _I.issued_at, _I.issued_by, _I.hash)
    shown = of_service(shown, _I.contract_id, wanted.service)
    found = shown.where(*_conditions(conn, wanted)).order_by(*_PLACE).limit(limit)
    return [
        {
            "contract_id": row.contract_id, "month": row.month, "total_yen": row.total_yen,
            "issued_at": instant(row.issued_at), "issued_by": row.issued_by, "hash": row.hash,
        }
        for row in conn.execute(found)
    ]  # fmt: skip


def place_of_issued(found: IssuedFound) -> str:
    """The cursor of the next page."""
    return f"{found['month']}.{found['contract_id']}"


def _conditions(conn: Connection, wanted: IssuedFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.month_from is not None:
        yield _I.month >= wanted.month_from
    if wanted.month_to is not None:
        yield _I.month <= wanted.month_to
    if wanted.total_from is not None:
        yield _I.total_yen >= wanted.total_from
    if wanted.total_to is not None:
        yield _I.total_yen <= wanted.total_to
    if wanted.customer is not None:
        former = former_people(conn, wanted.customer)
        yield or_(_I.contract_id.in_(contracts_of_people(conn, wanted.customer)), _I.contract_id.in_(former))
    if wanted.issued_from is not None:
        yield _I.issued_at >= start_of(wanted.issued_from)
    if wanted.issued_to is not None:
        yield _I.issued_at < end_of(wanted.issued_to)
    if wanted.after is not None:
        yield tuple_(*_PLACE) > tuple_(*wanted.after.split(".", 1))
