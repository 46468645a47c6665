"""/v1/scheduler, /v1/parked: how the clock is doing, and what a person does about what it holds or set aside."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.commands import read_only, respond
from api.request.query import AnyId, CreationHeaders, Limit, known_form
from api.routes.routing import operations
from api.schemas.outputs import service as schemas
from lifecycle.commands.command import Outcome
from lifecycle.machines.body import NeedsReason
from lifecycle.queries.views.running import parked_view, scheduler_view
from lifecycle.timers import parked

router = operations("/v1")
LATEST = 20
TimerSubjectId = Annotated[str, Path(examples=["c_01g1793000mdgr1ppmy0ffgaq3"]), known_form("parked timer")]


@router.get("/scheduler", responses=schemas.SCHEDULER, tags=["scheduler"])
async def show(request: Request, caller: Caller) -> Response:
    """Returns the state of the scheduler: its last sweep, the fuse, recent operations."""
    return await read_only(request, lambda conn, _: Outcome(scheduler_view(conn)))


@router.post("/scheduler/resume", responses=schemas.SCHEDULER, tags=["scheduler"])
async def resume(request: Request, caller: Caller, command: CreationHeaders, body: NeedsReason) -> Response:
    """Releases the ends that the fuse holds, after a person has checked them. The logbook records it."""
    return await respond(request, caller, command, body)


@router.get("/parked", responses=schemas.PARKED_TIMERS, tags=["parked"])
async def list_parked(request: Request, caller: Caller, limit: Limit = 100, cursor: AnyId = None) -> Response:
    """Lists parked timers, whose step failed, with the reasons."""

    def work(conn: Connection, _: datetime) -> Outcome:
        found = parked.parked_timers(conn, limit + 1, cursor or "")
        following = found[limit - 1].subject_id if len(found) > limit else None
        return Outcome({"items": [parked_view(one) for one in found[:limit]], "next": following})

    return await read_only(request, work)


@router.post("/parked/{subject_id}/retry", responses=schemas.PARKED_TIMER, tags=["parked"])
async def retry(
    request: Request, caller: Caller, subject_id: TimerSubjectId, command: CreationHeaders, body: NeedsReason
) -> Response:
    """Retries a parked timer with the next sweep and resets its attempts. The answer is the timer as parked."""
    return await respond(request, caller, command, body, subject_id=subject_id)
