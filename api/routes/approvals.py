"""/v1/approvals: commands that need a second person, where the setting asks for four eyes."""

from datetime import datetime
from typing import Any, Literal

import orjson
from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.access.auth import Caller, Principal, allow
from api.problems import Problem
from api.request.context import context_of
from api.request.query import AnyId, ApprovalId, CreationHeaders, Limit
from api.routes.routing import operations
from api.schemas.inputs.access import Approve
from api.schemas.inputs.fields import NeedsReason
from api.schemas.outputs import access as schemas
from api.transaction.idempotency import ON_RESULT
from api.transaction.inside import ask
from api.transaction.second_person import APPROVED_BY, Second, view
from api.transaction.transact import Reply, read_only, transact
from lifecycle.commands import four_eyes
from lifecycle.records.engine import reading

KEPT = ("etag", "idempotency-replayed", "retry-after")
PROBLEM = "application/problem+json"
router = operations("/v1/approvals", "approvals")


@router.get("", responses=schemas.PROPOSALS)
async def list_approvals(
    request: Request, caller: Caller, state: Literal["proposed", "approved", "declined"] | None = None,
    limit: Limit = 100, cursor: AnyId = None,
) -> Response:  # fmt: skip
    """Commands that wait, or waited, for a second person."""

    def work(conn: Connection, now: datetime) -> Reply:
        found = four_eyes.list_approvals(conn, state, cursor, limit + 1)
        following = found[limit - 1].id if len(found) > limit else None
        return Reply({"items": [view(approval) for approval in found[:limit]], "next": following})

    return await read_only(request, work)


@router.get("/{approval_id}", responses=schemas.PROPOSAL)
async def get(request: Request, caller: Caller, approval_id: ApprovalId) -> Response:
    """A proposal as it stands."""
    return await read_only(request, lambda conn, now: Reply(view(four_eyes.approval_of(conn, approval_id))))


@router.post("/{approval_id}/approve", responses=schemas.APPROVED)
async def approve(
    request: Request, caller: Caller, approval_id: ApprovalId, command: CreationHeaders, body: Approve
) -> Response:
    """Carries the command out, as proposed and at the version it was proposed at; 412 if it has moved since."""
    proposed = await run_in_threadpool(_read, request, approval_id)
    allow(caller, proposed.operation)
    try:
        four_eyes.check(proposed, caller.name, body.digest)
    except four_eyes.SamePerson as error:
        raise Problem(403, "second-person", "A second person is needed", f"{error}.") from None
    except four_eyes.OtherContent as error:
        raise Problem(409, "other-content", "Not what is proposed", f"{error}.") from None
    proposer = Principal(proposed.proposed_by, caller.grants)
    done = await ask(
        request, proposer, "POST", proposed.path, orjson.loads(proposed.body),
        query={"dry_run": "true"} if command.dry_run else {},
        headers={"If-Match": f'"{proposed.version}"'} | ({"Idempotency-Key": command.key} if command.key else {}),
        marks={APPROVED_BY: Second(proposed.id, caller.name)} | _on_result(request),
    )  # fmt: skip
    kept = {name: value for name, value in done.headers.items() if name in KEPT}
    if not done.fine:
        return Response(orjson.dumps(done.content), done.status, kept, media_type=PROBLEM)
    decided = await run_in_threadpool(_read, request, approval_id)
    subject = "option" if proposed.operation.startswith("options") else "contract"
    content = {"approval": view(decided), "contract": None, "option": None, subject: done.content}
    return Reply(content, headers=kept).response()


@router.post("/{approval_id}/decline", responses=schemas.PROPOSAL)
async def decline(
    request: Request, caller: Caller, approval_id: ApprovalId, command: CreationHeaders, body: NeedsReason
) -> Response:
    """Lets the command fall; the proposer may do so too."""

    def work(conn: Connection, now: datetime) -> Reply:
        four_eyes.decide(conn, approval_id, four_eyes.DECLINED, caller.name, now, body.reason)
        return Reply(view(four_eyes.approval_of(conn, approval_id)))

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


def _on_result(request: Request) -> dict[str, Any]:
    """Who looks on within the command's transaction, where a page asks."""
    found = request.scope.get(ON_RESULT)
    return {} if found is None else {ON_RESULT: found}


def _read(request: Request, approval_id: str) -> four_eyes.Approval:
    with reading(context_of(request).engine) as conn:
        return four_eyes.approval_of(conn, approval_id)
