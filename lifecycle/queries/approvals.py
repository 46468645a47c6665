"""The proposals that wait for a second person."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, literal, select

from lifecycle.records import tables

PROPOSED = "proposed"
_a, _c, _o = tables.approval.c, tables.contract.c, tables.option.c
# reference: the contract's; kind, day: as of what else waits for a person (worklist.py)
WAITING_APPROVALS = (
    select(
        _a.id,
        _c.reference,
        literal("approval").label("kind"),
        _a.proposed_at.label("day"),
        _a.operation,
        _a.proposed_by,
    )
    .outerjoin_from(tables.approval, tables.option, _o.id == _a.subject_id)
    .join(tables.contract, _c.id == func.coalesce(_o.contract_id, _a.subject_id))
    .where(_a.state == PROPOSED)
    .order_by(_a.id)
)


def waiting_approvals(conn: Connection, limit: int) -> Sequence[Any]:
    """The first proposals that wait, as WAITING has them."""
    return conn.execute(WAITING_APPROVALS.limit(limit)).all()
