"""What is looked up without stepping anything: personal data, lists, history pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select

from lifecycle.records import tables

_PERSONAL = select(tables.personal.c.data).where(tables.personal.c.contract_id == bindparam("id"))
_HISTORY = (
    select(tables.history.c.payload, tables.history.c.hash)
    .where(tables.history.c.subject_id == bindparam("id"), tables.history.c.seq > bindparam("after"))
    .order_by(tables.history.c.seq)
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which contracts a list shows.

    search: folded text; typed: the same as it was typed; people: whether it also looks into personal data.
    after: the last id of the page before.
    """

    state: str | None = None
    item: str | None = None
    search: str | None = None
    typed: str | None = None
    people: bool = True
    due_before: datetime | None = None
    after: str | None = None


def personal_of(conn: Connection, contract_id: str) -> Mapping[str, Any] | None:
    """Customer and administrator of a contract, None once erased."""
    found: Mapping[str, Any] | None = conn.execute(_PERSONAL, {"id": contract_id}).scalar_one_or_none()
    return found


def personal_of_many(conn: Connection, contract_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Customer and administrator of many contracts."""
    table = tables.personal.c
    rows = conn.execute(
        select(table.contract_id, table.data).where(table.contract_id.in_(list(contract_ids)))
    ).all()
    return {row.contract_id: row.data for row in rows}


def contract_ids(conn: Connection, wanted: Filter, limit: int) -> list[str]:
    """The ids of the contracts that a filter lets through, in the order of id."""
    c = tables.contract.c
    statement = select(c.id).order_by(c.id).limit(limit)
    if wanted.state:
        statement = statement.where(c.state == wanted.state)
    if wanted.item:
        statement = statement.where(c.item == wanted.item)
    if wanted.due_before:
        statement = statement.where(c.due_at < wanted.due_before)
    if wanted.after:
        statement = statement.where(c.id > wanted.after)
    if wanted.search:
        p = tables.personal.c
        found = [
            c.reference.icontains(wanted.search, autoescape=True),
            c.reference.icontains(wanted.typed or wanted.search, autoescape=True),
            c.id == wanted.search,
        ]
        if wanted.people:
            statement = statement.outerjoin(tables.personal, p.contract_id == c.id)
            found.append(p.search.contains(wanted.search, autoescape=True))
        statement = statement.where(or_(*found))
    return list(conn.execute(statement).scalars())


def history_of(conn: Connection, subject_id: str, after: int, limit: int) -> list[Any]:
    """History rows of a subject with a seq above `after`: (payload, hash), in the order of seq."""
    return list(conn.execute(_HISTORY, {"id": subject_id, "after": after, "limit": limit}).all())
