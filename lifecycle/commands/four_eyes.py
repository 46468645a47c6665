"""Four eyes: what one person proposes and another one approves, bound to its content and version."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, func, insert, literal, select, text, update
from ulid import ULID

from lifecycle.machines.dossier import Subject
from lifecycle.records import tables
from lifecycle.records.mapping import Unknown

_PEOPLE = text("actor <> 'clock'")  # literally as the index on what people did says it
HOUR = timedelta(hours=1)
ENDS = ("notify_cancellation", "end_by_company")
PROPOSED, APPROVED, DECLINED = "proposed", "approved", "declined"


class AlreadyDecided(Exception):
    """Somebody has approved or declined it."""


class SamePerson(Exception):
    """Whoever proposed it cannot approve it."""


class OtherContent(Exception):
    """What the approver saw is not what is proposed."""


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

_a, _c, _o = tables.approval.c, tables.contract.c, tables.option.c
# reference: the contract's; kind, day: as of what else waits for a person (queries/worklist.py)
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


def waiting_approvals(conn: Connection, limit: int) -> Sequence[Any]:
    """The first proposals that wait, as WAITING has them."""
    return conn.execute(WAITING_APPROVALS.limit(limit)).all()


def ends_since(conn: Connection, actor: str, since: datetime, most: int) -> int:
    """How many ends (cancellation notices, company's ends) somebody asked for after an instant; counts to most."""
    table = tables.history.c
    mine = (_PEOPLE, table.actor == actor, table.recorded_at > since, table.event.in_(ENDS))
    found = select(table.seq).where(*mine).limit(most).subquery()
    return conn.execute(select(func.count()).select_from(found)).scalar_one()


def ends_left(conn: Connection, actor: str, now: datetime, most: int) -> int:
    """How many more ends somebody may ask for by themselves, of so many in an hour."""
    return most - ends_since(conn, actor, now - HOUR, most)


def check(approval: Approval, by: str, digest: str) -> None:
    """Whether somebody may approve what they saw. Raises SamePerson, OtherContent."""
    if by == approval.proposed_by:
        raise SamePerson(f"{by} has proposed it: a second person is needed")
    if digest != approval.digest:
        raise OtherContent("the digest is not that of the proposal")


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
        raise AlreadyDecided("it has been decided already")
