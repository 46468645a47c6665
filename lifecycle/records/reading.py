"""What is looked up without stepping anything: personal data, history pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from lifecycle.records import tables
from lifecycle.records.looking import looked_at

_PERSONAL = select(tables.personal.c.data).where(tables.personal.c.contract_id == bindparam("id"))
_HISTORY = (
    select(tables.history.c.payload, tables.history.c.hash)
    .where(tables.history.c.subject_id == bindparam("id"), tables.history.c.seq > bindparam("after"))
    .order_by(tables.history.c.seq)
    .limit(bindparam("limit"))
)


def personal_of(conn: Connection, contract_id: str) -> Mapping[str, Any] | None:
    """Customer and administrator of a contract, None once erased."""
    looked_at([contract_id])
    found: Mapping[str, Any] | None = conn.execute(_PERSONAL, {"id": contract_id}).scalar_one_or_none()
    return found


def personal_of_many(conn: Connection, contract_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Customer and administrator of many contracts."""
    table = tables.personal.c
    looked_at(contract_ids)
    rows = conn.execute(
        select(table.contract_id, table.data).where(table.contract_id.in_(list(contract_ids)))
    ).all()
    return {row.contract_id: row.data for row in rows}


def history_of(conn: Connection, subject_id: str, after: int, limit: int) -> list[Any]:
    """History rows of a subject with a seq above `after`: (payload, hash), in the order of seq."""
    return list(conn.execute(_HISTORY, {"id": subject_id, "after": after, "limit": limit}).all())
