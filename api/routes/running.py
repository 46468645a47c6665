"""/v1/scheduler, /v1/parked: how the clock is doing, and what a person does about what it holds or set aside."""

from datetime import datetime
from typing import Annotated, Any

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
from lifecycle.history.operations_log import Note, latest
from lifecycle.terms.calendar import instant
from lifecycle.timers import fuse, parked
from lifecycle.timers.clock import read_clock

router = operations("/v1")
LATEST = 20
TimerSubjectId = Annotated[str, Path(examples=["c_01g1793000mdgr1ppmy0ffgaq3"]), known_form("parked timer")]


@router.get("/scheduler", responses=schemas.SCHEDULER, tags=["scheduler"])
async def show(request: Request, caller: Caller) -> Response:
    """How the clock is doing: its last sweep, whether the fuse holds ends, who intervened lately."""
    return await read_only(request, lambda conn, _: Reply(_scheduler(conn)))


@router.post("/scheduler/resume", responses=schemas.SCHEDULER, tags=["scheduler"])
async def resume(request: Request, caller: Caller, command: CreationHeaders, body: NeedsReason) -> Response:
    """A person has looked, and lets what the fuse holds fire. It is on record."""

    def work(conn: Connection, now: datetime) -> Reply:
        try:
            fuse.release_held_ends(conn, caller.name, body.reason, now)
        except fuse.NothingHeld as error:
            raise Problem(409, "nothing-held", "Nothing is held", str(error)) from None
        return Reply(_scheduler(conn))

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


@router.get("/parked", responses=schemas.PARKED_TIMERS, tags=["parked"])
async def list_parked(request: Request, caller: Caller, limit: Limit = 100, cursor: AnyId = None) -> Response:
    """The timers set aside because their step failed, with the reason."""

    def work(conn: Connection, _: datetime) -> Reply:
        found = parked.parked_timers(conn, limit + 1, cursor or "")
        following = found[limit - 1].subject_id if len(found) > limit else None
        return Reply({"items": [_parked(one) for one in found[:limit]], "next": following})

    return await read_only(request, work)


@router.post("/parked/{subject_id}/retry", responses=schemas.PARKED_TIMER, tags=["parked"])
async def retry(
    request: Request, caller: Caller, subject_id: TimerSubjectId, command: CreationHeaders, body: NeedsReason
) -> Response:
    """Has the next sweep try a timer again, its attempts counted anew; on record. The answer: as it was parked."""

    def work(conn: Connection, now: datetime) -> Reply:
        return Reply(_parked(parked.retry_parked_timer(conn, subject_id, caller.name, body.reason, now)))

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


def _scheduler(conn: Connection) -> dict[str, Any]:
    state, out = read_clock(conn), fuse.tripped(conn)
    return {
        "state": "running" if out is None else "holding",
        "held_since_at": instant(out.at) if out else None,
        "because": out.reason if out else None,
        "swept_at": instant(state.heartbeat_at),
        "recorded_up_to_at": instant(state.high_water_mark),
        "logbook": [_note(entry) for entry in latest(conn, limit=LATEST)],
    }


def _note(entry: Note) -> dict[str, Any]:
    return {
        "at": instant(entry.at), "event": entry.event, "actor": entry.actor, "reason": entry.reason,
        "subject": entry.subject_id,
    }  # fmt: skip


def _parked(one: parked.Parked) -> dict[str, Any]:
    return {
        "id": one.subject_id, "event": one.event, "due_at": instant(one.due_at), "tries": one.attempts,
        "reason": one.reason, "retry_at": instant(one.retry_at),
    }  # fmt: skip
