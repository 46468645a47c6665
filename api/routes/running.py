"""/v1/scheduler, /v1/parked: how the clock is doing, and what a person does about what it holds or set aside."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.problems import Problem
from api.request.query import AnyId, CreationHeaders, Limit, known_form
from api.routes.routing import operations
from api.schemas.inputs.fields import NeedsReason
from api.schemas.outputs import service as schemas
from api.transaction.transact import Reply, read_only, transact
from lifecycle.queries.views.running import parked_view, scheduler_view
from lifecycle.timers import fuse, parked

router = operations("/v1")
TimerSubjectId = Annotated[str, Path(examples=["c_01g1793000mdgr1ppmy0ffgaq3"]), known_form("parked timer")]


@router.get("/scheduler", responses=schemas.SCHEDULER, tags=["scheduler"])
async def show(request: Request, caller: Caller) -> Response:
    """How the clock is doing: its last sweep, whether the fuse holds ends, who intervened lately."""
    return await read_only(request, lambda conn, _: Reply(scheduler_view(conn)))


@router.post("/scheduler/resume", responses=schemas.SCHEDULER, tags=["scheduler"])
async def resume(request: Request, caller: Caller, command: CreationHeaders, body: NeedsReason) -> Response:
    """A person has looked, and lets what the fuse holds fire. It is on record."""

    def work(conn: Connection, now: datetime) -> Reply:
        try:
            fuse.release_held_ends(conn, caller.name, body.reason, now)
        except fuse.NothingHeld as error:
            raise Problem(409, "nothing-held", "Nothing is held", str(error)) from None
        return Reply(scheduler_view(conn))

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


@router.get("/parked", responses=schemas.PARKED_TIMERS, tags=["parked"])
async def list_parked(request: Request, caller: Caller, limit: Limit = 100, cursor: AnyId = None) -> Response:
    """The timers set aside because their step failed, with the reason."""

    def work(conn: Connection, _: datetime) -> Reply:
        found = parked.parked_timers(conn, limit + 1, cursor or "")
        following = found[limit - 1].subject_id if len(found) > limit else None
        return Reply({"items": [parked_view(one) for one in found[:limit]], "next": following})

    return await read_only(request, work)


@router.post("/parked/{subject_id}/retry", responses=schemas.PARKED_TIMER, tags=["parked"])
async def retry(
    request: Request, caller: Caller, subject_id: TimerSubjectId, command: CreationHeaders, body: NeedsReason
) -> Response:
    """Has the next sweep try a timer again, its attempts counted anew; on record. The answer: as it was parked."""

    def work(conn: Connection, now: datetime) -> Reply:
        return Reply(parked_view(parked.retry_parked_timer(conn, subject_id, caller.name, body.reason, now)))

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)
