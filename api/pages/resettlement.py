"""Contracts are resettled part by part; with four eyes one person proposes and another one approves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from api.access.auth import allow
from api.commands import attempt
from api.pages.layout import page
from api.pages.routing import pages, see
from api.pages.session import PageSession, PostedForm, SignedInSession
from api.pages.terms_changes import SHOWN, execute_form, typed
from api.problems import malformed_of
from api.request.context import context_of
from api.request.query import ApprovalId
from lifecycle.commands.approve import approve
from lifecycle.commands.command import Command, Outcome
from lifecycle.commands.execute import execute
from lifecycle.commands.inputs import Approve
from lifecycle.commands.terms_operations import PART, ResettlementBody
from lifecycle.errors import DomainError
from lifecycle.machines.body import NeedsReason
from lifecycle.queries.approvals import PROPOSED, Approval, approval_of
from lifecycle.queries.views.fields import Answer
from lifecycle.queries.what_if import count_contracts
from lifecycle.records.engine import reading

router = pages()
PATIENCE_S = 3.0  # time in which parts are resettled before the page answers
GLANCE, GLANCE_S = 25, 0.05  # contracts of a part, and how long the page searches before the user must continue
RESETTLE, APPROVE, DECLINE = "terms-resettle", "approvals-approve", "approvals-decline"


@dataclass(slots=True)
class _Found:
    """The results of some parts. last: where the next one begins."""

    items: list[Answer] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    examined: int = 0
    last: str | None = None
    problem: DomainError | None = None
    proposed: str | None = None

    def take(self, answered: Outcome | DomainError) -> bool:
        """Add the result of a part; return whether there may be more."""
        if isinstance(answered, DomainError):
            self.problem = answered
        elif answered.proposed:
            self.proposed = answered.content["id"]
        else:
            content: Any = answered.content.get("resettlement") or answered.content
            self.items += content["items"]
            self.waiting += content["waiting"]
            self.examined, self.last = self.examined + content["examined"], content["next"]
            return self.last is not None
        return False


@router.get("/terms/resettlement")
async def resettlement_form(request: Request, visit: SignedInSession) -> Response:
    """Show the first contracts that differ from their entries, and the form that resettles all."""
    visit.need(RESETTLE)
    body = {"reason": "…"}
    found = await _parts(request, visit, body, _Found(), dry_run=True, limit=GLANCE, patience_s=GLANCE_S)
    return await _drawn(request, visit, found, dry_run=True)


@router.post("/terms/resettlement")
async def resettle(request: Request, visit: SignedInSession, sent: PostedForm) -> Response:
    """Resettle contracts part by part for a few seconds, and show where to continue."""
    visit.need(RESETTLE)
    dry_run, reason, after = sent.get("do") == "look", typed(sent, "reason"), typed(sent, "cursor")
    accepted = [one[:60] for one in typed(sent, "accept").split()][:100]
    body = {"reason": reason or ("…" if dry_run else ""), "accept_invalidated": accepted}
    if approval := typed(sent, "approval")[:40]:
        body["approval"] = approval
    found = await _parts(request, visit, body, _Found(last=after or None), dry_run=dry_run)
    if found.proposed:
        return see(f"/terms/resettlement/{found.proposed}")
    return await _drawn(
        request, visit, found, dry_run=dry_run, reason=reason, after=after, carried_on=approval, accepted=accepted
    )


@router.get("/terms/resettlement/{approval_id}")
async def show_proposal(request: Request, visit: SignedInSession, approval_id: ApprovalId) -> Response:
    """Show a proposal, and its effect by the code that would execute it."""
    visit.need("approvals-get")
    approval = await run_in_threadpool(_approval, request, approval_id)
    found = _Found()
    if approval.state == PROPOSED and visit.may(APPROVE):
        found.take(await _approved(request, visit, approval, approval.digest, dry_run=True))
    return await _drawn(request, visit, found, dry_run=True, approval=approval, status=200)


@router.post("/terms/resettlement/{approval_id}")
async def decide_proposal(
    request: Request, visit: SignedInSession, approval_id: ApprovalId, sent: PostedForm
) -> Response:
    """Approve it and execute as much as possible in a few seconds, or decline it."""
    approving = sent.get("do") == "approve"
    visit.need(APPROVE if approving else DECLINE)
    approval, found = await run_in_threadpool(_approval, request, approval_id), _Found()
    if not approving:
        answered = await _declined(request, visit, approval, typed(sent, "reason"))
        if isinstance(answered, Outcome):
            return see("/proposals")
        found.take(answered)
        return await _drawn(request, visit, found, dry_run=True, approval=approval)
    if found.take(await _approved(request, visit, approval, typed(sent, "digest"))):
        await _parts(request, visit, _body(approval) | {"approval": approval.id}, found)
    body = _body(approval)
    return await _drawn(
        request, visit, found, dry_run=False, reason=body["reason"], carried_on=approval.id,
        accepted=body["accept_invalidated"], approval=approval if found.problem else None,
    )  # fmt: skip


def _approval(request: Request, approval_id: str) -> Approval:
    with reading(context_of(request).engine) as conn:
        return approval_of(conn, approval_id)


def _body(approval: Approval) -> dict[str, Any]:
    sent = orjson.loads(approval.body)
    kept = {name: sent[name] for name in ("service",) if name in sent}
    return {"reason": sent["reason"], "accept_invalidated": sent.get("accept_invalidated", []), **kept}


async def _approved(
    request: Request, visit: PageSession, approval: Approval, digest: str, *, dry_run: bool = False
) -> Outcome | DomainError:
    try:
        body = Approve(digest=digest)
    except ValidationError as error:
        return malformed_of(error.errors())
    command = _command(visit, approval, APPROVE, body, dry_run=dry_run)
    return await attempt(approve, context_of(request), command, partial(allow, visit.principal))


async def _declined(
    request: Request, visit: PageSession, approval: Approval, reason: str
) -> Outcome | DomainError:
    try:
        body = NeedsReason(reason=reason)
    except ValidationError as error:
        return malformed_of(error.errors())
    return await attempt(execute, context_of(request), _command(visit, approval, DECLINE, body))


def _command(
    visit: PageSession, approval: Approval, operation: str, body: Any, *, dry_run: bool = False
) -> Command:
    path = f"/v1/{operation.replace('-', f'/{approval.id}/')}"
    return Command(
        operation=operation, actor=visit.principal.name, path=path, subject_id=approval.id, body=body,
        dry_run=dry_run,
    )  # fmt: skip


async def _parts(
    request: Request, visit: PageSession, body: dict[str, Any], found: _Found, *, dry_run: bool = False,
    limit: int = PART, patience_s: float = PATIENCE_S,
) -> _Found:  # fmt: skip
    """Continue part by part until none is left or the time is up."""
    begun = perf_counter()
    while True:
        part = body | {"cursor": found.last, "limit": limit}
        answered = await execute_form(request, visit, RESETTLE, ResettlementBody, part, dry_run=dry_run)
        more = found.take(answered)
        if not more or perf_counter() - begun > patience_s or (dry_run and len(found.items) >= SHOWN):
            return found


async def _drawn(
    request: Request, visit: PageSession, found: _Found, *, dry_run: bool, reason: str = "", after: str = "",
    approval: Approval | None = None, carried_on: str = "", accepted: Sequence[str] = (),
    status: int | None = None,
) -> Response:  # fmt: skip
    def count() -> int:
        with reading(context_of(request).engine) as conn:
            return count_contracts(conn)

    problem = found.problem
    status = status or (problem.status if problem else 200)
    return page(
        request, visit, "resettlement.html", status=status, dry_run=dry_run, reason=reason,
        items=found.items[:SHOWN], changed=len(found.items) - len(found.waiting), waiting=found.waiting,
        examined=found.examined, contracts=await run_in_threadpool(count), next=found.last, begun_after=after,
        problem=problem.as_problem("/v1/terms/resettle") if problem else None, approval=approval,
        why=_body(approval)["reason"] if approval else "", carried_on=carried_on, accepted=accepted,
    )  # fmt: skip
