"""Four eyes: what one person proposes and another one approves, bound to its content and version."""

from dataclasses import fields, replace
from datetime import datetime

import orjson
from sqlalchemy import Connection, insert, update
from ulid import ULID

from lifecycle.commands.command import Approver, Call, Command, Outcome
from lifecycle.commands.limits import ends_left
from lifecycle.commands.operation import AnyOperation
from lifecycle.errors import DomainError
from lifecycle.machines.body import Reasoned
from lifecycle.machines.dossier import Subject
from lifecycle.queries.approvals import APPROVED, DECLINED, PROPOSED, Approval, approval_of
from lifecycle.queries.views.people import proposal_view
from lifecycle.records import tables
from lifecycle.records.mapping import load, owner_of


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


def needs_second_person(call: Call, operation: AnyOperation) -> bool:
    """Whether the command can only be proposed: a dry run and an approved command go through.

    Until the transaction ends, nobody else counts the ends of the same person.
    """
    service, command = call.service, call.command
    if command.dry_run or command.approver is not None:
        return False
    if service.four_eyes and operation.second_person:
        return True
    most = service.ends_per_hour
    return bool(most) and operation.ends and ends_left(call.conn, command.actor, call.now, most) <= 0


def propose(call: Call, operation: AnyOperation) -> Outcome:
    """Tries a command, undoes it and keeps it for a second person. Raises what the command raises."""
    conn, command = call.conn, call.command
    subject = load(conn, owner_of(conn, call.subject_id), lock=True).subject(call.subject_id)
    tried = conn.begin_nested()
    operation.run(call)
    tried.rollback()
    made = _kept(conn, command, subject, call.now)
    return Outcome(proposal_view(made), proposed=True, location=f"/v1/approvals/{made.id}")


def _kept(conn: Connection, command: Command, subject: Subject, now: datetime) -> Approval:
    """Keeps a command until a second person decides. subject: as it was before the command was tried."""
    assert isinstance(command.body, Reasoned)
    body = command.body.proposed(now).model_dump(mode="json", exclude_unset=True)
    made = Approval(
        id=f"a_{ULID.from_datetime(now)}".lower(),
        state=PROPOSED,
        operation=command.operation,
        path=command.path,
        subject_id=subject.id,
        version=subject.version,
        body=orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode(),
        proposed_by=command.actor,
        proposed_at=now,
    )
    conn.execute(insert(tables.approval), {field.name: getattr(made, field.name) for field in fields(Approval)})
    return made


def as_proposed(approving: Command, approval: Approval, operation: AnyOperation, digest: str) -> Command:
    """The proposed command, at the version it was proposed at, as somebody approves it.

    approving: their command; its key and its path are theirs. digest: of what they saw.
    """
    assert operation.body is not None
    return replace(
        approving,
        operation=approval.operation,
        subject_id=approval.subject_id,
        body=operation.body.model_validate(orjson.loads(approval.body)),
        expected_version=approval.version,
        actor=approval.proposed_by,
        approver=Approver(approval.id, approving.actor, digest),
    )


def check(conn: Connection, approver: Approver) -> None:
    """Whether somebody may approve what they saw. Raises Unknown, SamePerson, OtherContent."""
    approval = approval_of(conn, approver.approval_id)
    if approver.name == approval.proposed_by:
        raise SamePerson(f"{approver.name} has proposed it: a second person is needed.")
    if approver.digest != approval.digest:
        raise OtherContent("the digest is not that of the proposal.")


def approved(call: Call, approver: Approver, done: Outcome) -> Outcome:
    """The answer to an approval. done: to the command, which is carried out. Raises AlreadyDecided."""
    approval = decide(call.conn, approver.approval_id, APPROVED, approver.name, call.now)
    subject = "option" if approval.operation.startswith("options") else "contract"
    content = {"approval": proposal_view(approval), "contract": None, "option": None, subject: done.content}
    return Outcome(content, version=done.version)


def declined(call: Call) -> Approval:
    """A proposal that is not carried out. Raises Unknown, AlreadyDecided."""
    return decide(call.conn, call.subject_id, DECLINED, call.command.actor, call.now, call.command.reason)


def decide(
    conn: Connection, approval_id: str, state: str, by: str, now: datetime, reason: str | None = None
) -> Approval:
    """Notes the decision, once; the proposal as it then stands. Raises Unknown, AlreadyDecided."""
    approval_of(conn, approval_id)
    table = tables.approval.c
    done = conn.execute(
        update(tables.approval)
        .where(table.id == approval_id, table.state == PROPOSED)
        .values(state=state, decided_by=by, decided_at=now, reason=reason)
    )
    if done.rowcount != 1:
        raise AlreadyDecided
    return approval_of(conn, approval_id)
