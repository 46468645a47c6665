"""The operations log: operations on the service itself, and decisions of second persons."""

from collections.abc import Sequence
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, select

from lifecycle.history.operations_log import latest
from lifecycle.records import tables
from lifecycle.records.mapping import PREFIXES, owners_of

_a = tables.approval.c
_DECIDED = select(
    _a.decided_at, _a.state, _a.operation, _a.proposed_by, _a.decided_by, _a.reason, _a.subject_id
).where(_a.decided_at.is_not(None))


class OperationDone(NamedTuple):
    """One entry. operation: what was proposed, where a proposal was decided; actor: who proposed it then."""

    at: datetime
    event: str
    actor: str
    approver: str | None
    reason: str | None
    subject_id: str | None
    operation: str | None = None


def operations(conn: Connection, limit: int) -> list[OperationDone]:
    """The latest entries of the logbook and the latest decisions of proposals, the newest first."""
    noted = (
        OperationDone(one.at, one.event, one.actor, None, one.reason, one.subject_id)
        for one in latest(conn, limit=limit)
    )
    rows = conn.execute(_DECIDED.order_by(_a.decided_at.desc()).limit(limit))
    decided = (
        OperationDone(
            row.decided_at, row.state, row.proposed_by, row.decided_by, row.reason, row.subject_id, row.operation
        )
        for row in rows
    )
    return list(islice(merge(noted, decided, key=lambda one: one.at, reverse=True), limit))


def references_of(conn: Connection, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The id and the reference of each subject's contract; subjects without one are left out."""
    owners = owners_of(conn, [one for one in dict.fromkeys(ids) if PREFIXES.get(one[:1], "") != "outage"])
    table = tables.contract.c
    known = select(table.id, table.reference).where(table.id.in_(set(owners.values())))
    references = {row.id: row.reference for row in conn.execute(known)}
    return {one: (owner, references[owner]) for one, owner in owners.items() if owner in references}
