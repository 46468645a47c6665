"""/v1/approvals: commands that need a second person, where the setting asks for four eyes."""

from datetime import datetime
from functools import partial
from typing import Literal

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.access.auth import Caller, allow
from api.access.contract_query import AskedService
from api.commands import command_of, read_only, respond, response_of
from api.request.context import context_of
from api.request.query import AnyId, ApprovalId, CreationHeaders, Limit
from api.routes.routing import operations
from api.schemas.outputs import service as schemas
from lifecycle.commands.approve import approve as approve_proposal
from lifecycle.commands.command import Outcome
from lifecycle.commands.inputs import Approve
from lifecycle.machines.body import NeedsReason
from lifecycle.queries import approvals as proposals
from lifecycle.queries.views.people import proposal_view

router = operations("/v1/approvals", "approvals")


@router.get("", responses=schemas.PROPOSALS)
async def list_approvals(
    request: Request, caller: Caller, state: Literal["proposed", "approved", "declined", "lapsed"] | None = None,
    service: AskedService = None, limit: Limit = 100, cursor: AnyId = None,
) -> Response:  # fmt: skip
    """Lists commands that wait, or waited, for a second person."""

    def work(conn: Connection, now: datetime) -> Outcome:
        found = proposals.list_approvals(conn, state, cursor, limit + 1, service)
        following = found[limit - 1].id if len(found) > limit else None
        return Outcome({"items": [proposal_view(approval) for approval in found[:limit]], "next": following})

    return await read_only(request, work)


@router.get("/{approval_id}", responses=schemas.PROPOSAL)
async def get(request: Request, caller: Caller, approval_id: ApprovalId) -> Response:
    """Returns a proposal."""
    return await read_only(
        request, lambda conn, now: Outcome(proposal_view(proposals.approval_of(conn, approval_id)))
    )


@router.post("/{approval_id}/approve", responses=schemas.APPROVED)
async def approve(
    request: Request, caller: Caller, approval_id: ApprovalId, command: CreationHeaders, body: Approve
) -> Response:
    """Executes the proposed command; 412 if the version has changed since the proposal."""
    approving = await command_of(request, caller, command, body, subject_id=approval_id)
    may = partial(allow, caller)
    return response_of(await run_in_threadpool(approve_proposal, context_of(request), approving, may))


@router.post("/{approval_id}/decline", responses=schemas.PROPOSAL)
async def decline(
    request: Request, caller: Caller, approval_id: ApprovalId, command: CreationHeaders, body: NeedsReason
) -> Response:
    """Declines the proposed command; the proposer may do so too."""
    return await respond(request, caller, command, body, subject_id=approval_id)
