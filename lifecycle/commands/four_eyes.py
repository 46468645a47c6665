"""Four eyes: what one person proposes and another one approves, bound to its content and version."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import orjson
from sqlalchemy import Connection, insert, select, update
from ulid import ULID

from lifecycle.errors import DomainError
from lifecycle.machines.dossier import Subject
from lifecycle.records import tables
from lifecycle.records.mapping import Unknown

PROPOSED, APPROVED, DECLINED = "proposed", "approved", "declined"


class AlreadyDecided(DomainError):
    """Somebody has approved or declined it."""

    kind, title = "already-decided", "Decided already"

    def __init__(self) -> None:
        super().__init__("It was approved or declined before.")


class SamePerson(DomainError):
    """Whoever proposed it cannot approve it."""

    status, kind, title = 403, "second-person", "A second person is needed"


class OtherContent(DomainError):
    """What the approver saw is not what is proposed."""

    kind, title = "other-content", "Not what is proposed"


@dataclass(frozen=True, slots=True)
class Approval:
    """A proposed command. body: JSON as it was sent; version: of its subject, at which alone it is done."""

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

    @property
    def digest(self) -> str:
        """SHA-256 of what is approved: operation, path, version and body."""
        bound = orjson.dumps([self.operation, self.path, self.version, self.body])
        return hashlib.sha256(bound).hexdigest()


_COLUMNS = [tables.approval.c[field.name] for field in fields(Approval)]


def propose(
    conn: Connection, operation: str, path: str, body: str, subject: Subject, by: str, now: datetime
) -> Approval:
    """Keeps a command until a second person decides. subject: as it was before the command was tried."""
    made = Approval(
        f"a_{ULID.from_datetime(now)}".lower(),
        PROPOSED,
        operation,
        path,
        subject.id,
        subject.version,
        body,
        by,
        now,
    )
    conn.execute(insert(tables.approval), {field.name: getattr(made, field.name) for field in fields(Approval)})
    return made


def approval_of(conn: Connection, approval_id: str) -> Approval:
    """A proposal as it stands. Raises Unknown."""
    row = conn.execute(select(*_COLUMNS).where(tables.approval.c.id == approval_id)).one_or_none()
    if row is None:
        raise Unknown("approval", approval_id)
    return Approval(*row)


def list_approvals(conn: Connection, state: str | None, after: str | None, limit: int) -> Sequence[Approval]:
    """Proposals in the order in which they were made, after an id."""
    statement = select(*_COLUMNS).order_by(tables.approval.c.id).limit(limit)
    if state is not None:
        statement = statement.where(tables.approval.c.state == state)
    if after is not None:
        statement = statement.where(tables.approval.c.id > after)
    return [Approval(*row) for row in conn.execute(statement)]


def check(approval: Approval, by: str, digest: str) -> None:
    """Whether somebody may approve what they saw. Raises SamePerson, OtherContent."""
    if by == approval.proposed_by:
        raise SamePerson(f"{by} has proposed it: a second person is needed.")
    if digest != approval.digest:
        raise OtherContent("the digest is not that of the proposal.")


def decide(
    conn: Connection, approval_id: str, state: str, by: str, now: datetime, reason: str | None = None
) -> None:
    """Notes the decision, once. Raises Unknown, AlreadyDecided."""
    approval_of(conn, approval_id)
    table = tables.approval.c
    done = conn.execute(
        update(tables.approval)
        .where(table.id == approval_id, table.state == PROPOSED)
        .values(state=state, decided_by=by, decided_at=now, reason=reason)
    )
    if done.rowcount != 1:
        raise AlreadyDecided
