"""Proposals of one person that another one approves."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, func, literal, select

from lifecycle.errors import Unknown
from lifecycle.records import tables
from lifecycle.records.of_service import subjects_of

TERMS = "terms"  # what a proposal is about that is about no contract alone; its version: rows of the editions
PROPOSED, APPROVED, DECLINED, LAPSED = "proposed", "approved", "declined", "lapsed"


@dataclass(frozen=True, slots=True)
class Approval:
    """A proposed command. body: JSON as it was sent; version: of its subject, at which alone it is done.

    standing: digest of all on the contract that it was weighed by, None where the version is enough.
    lapsed_by: the row that put the contract right meanwhile.
    """

    id: str
    state: str
    operation: str
    path: str
    subject_id: str
    version: int
    body: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    standing: str | None = None
    lapsed_by: str | None = None

    @property
    def about_terms(self) -> bool:
        """Whether it is about the terms on record and all contracts, and not about one subject."""
        return self.subject_id == TERMS

    @property
    def digest(self) -> str:
        """SHA-256 of what is approved: operation, path, version and body."""
        bound = orjson.dumps([self.operation, self.path, self.version, self.body])
        return hashlib.sha256(bound).hexdigest()


_COLUMNS = [tables.approval.c[field.name] for field in fields(Approval)]
_a, _c, _o = tables.approval.c, tables.contract.c, tables.option.c
_i = tables.SUBJECTS["item_change"].c
# reference: the contract's, the id of an outage; kind, day: as of what else waits for a person (worklist.py)
_BY_CONTRACT = (
    select(
        _a.id,
        func.coalesce(_c.reference, _a.subject_id).label("reference"),
        literal("approval").label("kind"),
        _a.proposed_at.label("day"),
        _a.operation,
        _a.proposed_by,
    )
    .outerjoin_from(tables.approval, tables.option, _o.id == _a.subject_id)
    .outerjoin(tables.SUBJECTS["item_change"], _i.id == _a.subject_id)
    .outerjoin(tables.contract, _c.id == func.coalesce(_o.contract_id, _i.contract_id, _a.subject_id))
)
WAITING_APPROVALS = _BY_CONTRACT.where(_a.state == PROPOSED).order_by(_a.id)
_LAPSED = _BY_CONTRACT.where(_a.state == LAPSED).order_by(_a.id.desc())


def waiting_approvals(conn: Connection, limit: int) -> Sequence[Any]:
    """The first proposals that wait, as WAITING has them."""
    return conn.execute(WAITING_APPROVALS.limit(limit)).all()


def approvals_about(conn: Connection, subject_ids: Sequence[str]) -> Sequence[Any]:
    """The proposals about such things that wait, the oldest first, as `waiting_approvals`."""
    return conn.execute(WAITING_APPROVALS.where(_a.subject_id.in_(subject_ids))).all()


def lapsed_approvals(conn: Connection, limit: int) -> Sequence[Any]:
    """Lapsed proposals, the latest first, as `waiting_approvals`."""
    return conn.execute(_LAPSED.limit(limit)).all()


def approval_of(conn: Connection, approval_id: str) -> Approval:
    """Return a proposal as it is now. Raises Unknown."""
    row = conn.execute(select(*_COLUMNS).where(tables.approval.c.id == approval_id)).one_or_none()
    if row is None:
        raise Unknown("approval", approval_id)
    return Approval(*row)


def list_approvals(
    conn: Connection, state: str | None, after: str | None, limit: int, service: str | None = None
) -> Sequence[Approval]:
    """Proposals in the order in which they were made, after an id. service: about its contracts, None for all."""
    statement = select(*_COLUMNS).order_by(tables.approval.c.id).limit(limit)
    if state is not None:
        statement = statement.where(tables.approval.c.state == state)
    if after is not None:
        statement = statement.where(tables.approval.c.id > after)
    if service is not None:
        statement = statement.where(tables.approval.c.subject_id.in_(subjects_of(service)))
    return [Approval(*row) for row in conn.execute(statement)]
