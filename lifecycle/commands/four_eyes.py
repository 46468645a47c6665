"""Four eyes: one person proposes and another one approves, bound to content and version."""

import hashlib
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select, update
from ulid import ULID

from lifecycle.commands.command import Approver, Call, Command, ExpectedVersion, Outcome
from lifecycle.commands.enter_event import Executed
from lifecycle.commands.limits import ends_something, too_many
from lifecycle.commands.operation import AnyOperation
from lifecycle.commands.outages import load_outage
from lifecycle.commands.proposal_errors import (
    AlreadyDecided,
    OtherContent,
    PartMoved,
    ProposalLapsed,
    ProposerRevoked,
    SamePerson,
    TermsMoved,
)
from lifecycle.history.editions_known import rows_of_editions
from lifecycle.machines.body import Input
from lifecycle.machines.dossier import Dossier, row_id
from lifecycle.machines.entity import Entity
from lifecycle.machines.parts import Outage
from lifecycle.people.tokens import is_revoked
from lifecycle.queries.approvals import APPROVED, DECLINED, LAPSED, PROPOSED, TERMS, Approval, approval_of
from lifecycle.queries.issued import NOTHING_SENT, sent_to
from lifecycle.queries.views.people import proposal_view
from lifecycle.records import tables
from lifecycle.records.mapping import PREFIXES, load, owner_of


def needs_second_person(call: Call, operation: AnyOperation) -> bool:
    """Whether the command can only be proposed; a dry run and an approved command are executed."""
    service, command = call.service, call.command
    if command.dry_run or command.approver is not None:
        return False
    if service.four_eyes and operation.second_person and not operation.covered(call):
        return True
    what = operation.counts_as(command.body)
    return what is not None and service.most_per_hour(what) > 0 and too_many(call, what)


def propose(call: Call, operation: AnyOperation) -> Outcome:
    """Try a command, roll it back and store it for a second person. Raises what the command raises."""
    if call.command.subject_id is None:
        tried = call.conn.begin_nested()
        brought = _whole(operation.show(call, operation.run(call)).content)
        tried.rollback()
        return _kept(call, TERMS, rows_of_editions(call.conn), brought)
    before = _locked(call)
    tried = call.conn.begin_nested()
    operation.run(call)
    tried.rollback()
    return _of(call, before, None if isinstance(before, Outage) else _standing(call.conn, before))


def alone(call: Call, operation: AnyOperation) -> Outcome:
    """Execute a command for one person, or propose it if its effect needs a second one."""
    service, command = call.service, call.command
    if operation.weighty is None or not (service.four_eyes or service.ends_per_hour):
        waits = service.four_eyes and operation.second_person
        return replace(carry_out(call, operation), waits=waits)
    before = _locked(call)
    most_reached = service.ends_per_hour > 0 and too_many(call, "ends")
    tried = call.conn.begin_nested()
    done = operation.run(call)
    ends = most_reached and isinstance(done, Executed) and ends_something(done)
    waits = ends or (service.four_eyes and operation.weighty(call, done))
    if waits and not command.dry_run:
        tried.rollback()
        standing = _brought(done.changes) if isinstance(before, Outage) else _standing(call.conn, before)
        return _of(call, before, standing)
    _lapse_moved(call, done)
    answer = operation.show(call, done)
    tried.commit()
    return replace(answer, waits=waits)


def carry_out(call: Call, operation: AnyOperation) -> Outcome:
    """Execute a command. Open proposals about the former state of its subject lapse visibly."""
    done = operation.run(call)
    _lapse_moved(call, done)
    return operation.show(call, done)


def _lapse_moved(call: Call, done: Any) -> None:
    if not call.service.proposals_possible or not isinstance(done, Executed):
        return
    subjects = [one for one in done.dossier.subjects if one.id == call.command.subject_id]
    if subjects and subjects[0].version != done.before.subject(subjects[0].id).version:
        lapse(call, subjects, row_id(subjects[0].id, subjects[0].seq))


def _locked(call: Call) -> Dossier | Outage:
    if _is_outage(call.subject_id):
        return load_outage(call.conn, call.subject_id, lock=True)
    return load(call.conn, owner_of(call.conn, call.subject_id), lock=True)


def _is_outage(subject_id: str) -> bool:
    return subject_id.startswith("x_")


def _brought(changes: Any) -> str:
    """Return a digest of what the correction of an outage changes over all contracts; the approval is bound to it.

    Other lapsing proposals are left out, because they may have been decided meanwhile. No outage ends a contract.
    """
    weighed = {name: value for name, value in (changes or {}).items() if name not in ("proposals", "not_served")}
    return hashlib.sha256(orjson.dumps(weighed or None, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _standing(conn: Connection, dossier: Dossier) -> str:
    """Return a digest of every version of the contract, and the months sent; an approval of a correction is bound
    to it.
    """
    contract_id = dossier.contract.id
    sent = sent_to(conn, [contract_id]).get(contract_id, NOTHING_SENT)
    versions = [[subject.id, subject.version] for subject in dossier.subjects]
    months = [*map(str, sorted(sent.issued)), str(sent.elsewhere_until)]
    return hashlib.sha256(orjson.dumps([versions, months])).hexdigest()


def _whole(content: Any) -> str:
    """Return a digest of the effect of a command about no single contract; its approval is bound to it."""
    return hashlib.sha256(orjson.dumps([content["items"], content["waiting"]])).hexdigest()


def _of(call: Call, before: Dossier | Outage, standing: str | None) -> Outcome:
    """Store a proposal about a subject. before: the record when the command was tried."""
    subject = before if isinstance(before, Outage) else before.subject(call.subject_id)
    return _kept(call, subject.id, subject.version, standing)


def _kept(call: Call, subject_id: str, version: int, standing: str | None) -> Outcome:
    """Store a command until a second person decides."""
    conn, command, now = call.conn, call.command, call.now
    assert isinstance(command.body, Input)
    body = command.body.proposed(now).model_dump(mode="json", exclude_unset=True)
    made = Approval(
        id=f"a_{ULID.from_datetime(now)}".lower(),
        state=PROPOSED,
        operation=command.operation,
        path=command.path,
        subject_id=subject_id,
        version=version,
        body=orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode(),
        proposed_by=command.actor,
        proposed_at=now,
        standing=standing,
    )
    conn.execute(insert(tables.approval), {field.name: getattr(made, field.name) for field in fields(Approval)})
    return Outcome(proposal_view(made), proposed=True, location=f"/v1/approvals/{made.id}")


def as_proposed(approving: Command, approval: Approval, operation: AnyOperation, digest: str) -> Command:
    """Return the proposed command, at its version, for its approval. approving: the approver's command,
    with its key and path. digest: of what they saw.
    """
    assert operation.body is not None
    return replace(
        approving,
        operation=approval.operation,
        subject_id=None if approval.about_terms else approval.subject_id,
        body=operation.body.model_validate(orjson.loads(approval.body)),
        expected=() if approval.about_terms else (ExpectedVersion(approval.version),),
        actor=approval.proposed_by,
        approver=Approver(approval.id, approving.actor, digest),
    )


def check(conn: Connection, approver: Approver) -> None:
    """Check that a person may approve what they saw.

    Raises Unknown, SamePerson, OtherContent, ProposerRevoked, ProposalLapsed, PartMoved.
    """
    approval = approval_of(conn, approver.approval_id)
    if approver.name == approval.proposed_by:
        raise SamePerson(f"{approver.name} has proposed it: a second person is required.")
    if approver.digest != approval.digest:
        raise OtherContent("the digest is not that of the proposal.")
    if approval.state == LAPSED:
        raise ProposalLapsed
    if approval.state == PROPOSED and is_revoked(conn, approval.proposed_by):
        raise ProposerRevoked
    if approval.about_terms:
        if approval.state == PROPOSED and rows_of_editions(conn) != approval.version:
            raise TermsMoved(approval.version)
    elif approval.state == PROPOSED and approval.standing is not None and not _is_outage(approval.subject_id):
        dossier = load(conn, owner_of(conn, approval.subject_id), lock=True)
        same_version = dossier.subject(approval.subject_id).version == approval.version
        if same_version and _standing(conn, dossier) != approval.standing:
            raise PartMoved(approval.version)


def approved(call: Call, approver: Approver, done: Outcome) -> Outcome:
    """Return the answer to an approval. done: of the executed command. Raises AlreadyDecided, PartMoved."""
    approval = decide(call.conn, approver.approval_id, APPROVED, approver.name, call.now)
    kind = "resettlement" if approval.about_terms else _kind_of(approval.subject_id)
    if approval.about_terms and _whole(done.content) != approval.standing:
        raise TermsMoved(approval.version)
    if kind == "outage" and _brought(done.content.get("changes")) != approval.standing:
        raise PartMoved(approval.version)
    nothing = dict.fromkeys(("contract", "option", "item_change", "outage", "resettlement"))
    content = {"approval": proposal_view(approval), **nothing, kind: done.content}
    return Outcome(content, version=done.version, parts=done.parts)


def _kind_of(subject_id: str) -> str:
    return "outage" if _is_outage(subject_id) else PREFIXES[subject_id[:1]]


def lapse(call: Call, subjects: Iterable[Entity], row_id: str) -> tuple[str, ...]:
    """Let the proposals about corrected subjects lapse, except the one being approved; return their ids. subjects:
    a contract with its parts, or an outage. row_id: of the correcting row.
    """
    table = tables.approval
    approver = call.command.approver
    waiting = (
        table.c.state == PROPOSED,
        table.c.subject_id.in_([subject.id for subject in subjects]),
        table.c.id != (approver.approval_id if approver is not None else ""),
    )
    found = tuple(call.conn.execute(select(table.c.id).where(*waiting).order_by(table.c.id)).scalars())
    if found:
        by = approver.name if approver is not None else call.command.actor
        values = {"state": LAPSED, "decided_by": by, "decided_at": call.now, "lapsed_by": row_id}
        call.conn.execute(update(table).where(*waiting).values(values))
    return found


def declined(call: Call) -> Approval:
    """Decline a proposal. Raises Unknown, AlreadyDecided."""
    return decide(call.conn, call.subject_id, DECLINED, call.command.actor, call.now, call.command.reason)


def decide(
    conn: Connection, approval_id: str, state: str, by: str, now: datetime, reason: str | None = None
) -> Approval:
    """Record the decision once; return the proposal. Raises Unknown, AlreadyDecided."""
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
