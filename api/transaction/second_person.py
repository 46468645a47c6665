"""Four eyes: weighty commands, and ends in great number, are proposed and a second person carries them out."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from fastapi import Request
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.access.auth import Principal, operation_of
from api.request.context import Context, context_of
from api.request.query import CommandOptions
from api.transaction.transact import Reply
from lifecycle.commands import four_eyes
from lifecycle.commands.context import CommandContext
from lifecycle.commands.enter_event import contract_id_of
from lifecycle.machines.dossier import Dossier
from lifecycle.records.engine import reading
from lifecycle.records.mapping import load
from lifecycle.terms.calendar import instant, tokyo_day

APPROVED_BY = "lifecycle.approved_by"  # in the scope of an approved command; no client can set it
OPERATIONS = frozenset({
    "contracts-accept", "contracts-revoke_cancellation", "contracts-end_by_company", "options-accept",
    "options-revoke_cancellation",
})  # fmt: skip
NOTICES = frozenset({"contracts-notify_cancellation", "options-notify_cancellation"})
ENDS = NOTICES | {"contracts-end_by_company"}  # by one principal, beyond a setting, they need two as well
Run = Callable[[Connection, CommandContext], Dossier]


class Second(NamedTuple):
    """Who approved which proposal."""

    approval_id: str
    name: str


def view(approval: four_eyes.Approval) -> dict[str, Any]:
    """A proposal as an answer."""
    return {
        "id": approval.id, "state": approval.state, "operation": approval.operation,
        "subject": approval.subject_id, "version": approval.version, "body": orjson.loads(approval.body),
        "digest": approval.digest, "proposed_by": approval.proposed_by,
        "proposed_at": instant(approval.proposed_at), "decided_by": approval.decided_by,
        "decided_at": instant(approval.decided_at), "reason": approval.reason,
    }  # fmt: skip


def second_of(request: Request) -> Second | None:
    """Who approved the command that this request carries out."""
    found: Second | None = request.scope.get(APPROVED_BY)
    return found


async def asks_for_two(request: Request, caller: Principal, command: CommandOptions) -> bool:
    """Whether the request can only propose: a dry run and an approved command go through."""
    context, operation = context_of(request), operation_of(request.scope["route"])
    if command.dry_run or second_of(request) is not None:
        return False
    if context.four_eyes and operation in OPERATIONS:
        return True
    most = context.bounds.ends_per_hour
    return bool(most) and operation in ENDS and await run_in_threadpool(_many_ends, context, caller.name, most)


def _many_ends(context: Context, actor: str, most: int) -> bool:
    now = context.clock()
    with reading(context.engine) as conn:
        return not four_eyes.ends_left(conn, actor, now, most)


async def proposing(
    request: Request, caller: Principal, command: CommandOptions, run: Run, reason: str | None
) -> Any:
    """The work that tries a command, undoes it and keeps it for a second person; raises what it raises.

    A notice that names no day arrived on the day it was proposed, whenever it is approved.
    """
    sent, operation = orjson.loads(await request.body() or b"{}") or {}, operation_of(request.scope["route"])
    subject_id = next(iter(request.path_params.values()))

    def work(conn: Connection, now: datetime) -> Reply:
        subject = load(conn, contract_id_of(conn, subject_id), lock=True).subject(subject_id)
        tried = conn.begin_nested()
        run(conn, CommandContext(caller.name, now, reason, command.version))
        tried.rollback()
        arrives = operation in NOTICES and not (sent.get("arrived_on") or sent.get("arrived_at"))
        bound = sent | {"arrived_on": tokyo_day(now).isoformat()} if arrives else sent
        body = orjson.dumps(bound, option=orjson.OPT_SORT_KEYS).decode()
        made = four_eyes.propose(conn, operation, request.url.path, body, subject, caller.name, now)
        return Reply(view(made), 202, {"Location": f"/v1/approvals/{made.id}"})

    return work
