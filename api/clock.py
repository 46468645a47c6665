"""/v1/due, /v1/clock: what the clock will do, and what time it is."""

from datetime import datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from lifecycle.desk.sweep import sweep
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api import inputs, outputs
from api.auth import Caller
from api.context import Context, context_of
from api.inputs import Instant
from api.problems import Problem
from api.query import Limit, Place
from api.transact import Reply, look
from lifecycle.audit.chain import instant
from lifecycle.desk.clock import Backwards, move_sandbox, oldest_due
from lifecycle.desk.forecast import forecast
from lifecycle.desk.view import entry_view
from lifecycle.records.engine import writing

router = APIRouter(prefix="/v1", tags=["clock"], responses=outputs.REFUSALS)


@router.get("/due", responses=outputs.DUE)
async def due(
    request: Request, caller: Caller, until: Annotated[Instant, Query()], limit: Limit = 100, cursor: Place = None
) -> Response:
    """Every timed transition to come until then, in the order of firing, what follows from others included."""
    skip = cursor or 0

    def work(conn: Connection, now: datetime) -> Reply:
        entries = list(islice(forecast(conn, now, until), skip, skip + limit + 1))
        following = str(skip + limit) if len(entries) > limit else None
        return Reply({"items": [entry_view(entry) for entry in entries[:limit]], "next": following})

    return await look(request, work)


@router.get("/clock", responses=outputs.CLOCK)
async def get_clock(request: Request, caller: Caller) -> Response:
    """What time it is for the service, and how long the oldest due transition has been waiting."""
    sandbox = context_of(request).sandbox

    def work(conn: Connection, now: datetime) -> Reply:
        due_at = oldest_due(conn)
        overdue = (now - due_at).total_seconds() if due_at is not None and due_at <= now else None
        return Reply({"now": instant(now), "sandbox": sandbox, "oldest_overdue_s": overdue})

    return await look(request, work)


@router.put("/clock", responses=outputs.MOVED | {403: outputs.REFUSALS[401]})
async def move_clock(request: Request, caller: Caller, body: inputs.MoveClock, dry_run: bool = False) -> Response:
    """Moves a sandbox's time forward and fires all that falls due on the way, in order."""
    context = context_of(request)
    if not context.sandbox:
        raise Problem(403, "not-a-sandbox", "This is no sandbox", "The time of a live service is the real one.")
    return await run_in_threadpool(_move, context, body.now, dry_run)


def _move(context: Context, to: datetime, dry_run: bool) -> Response:
    if to < context.clock():
        raise Problem(409, "backwards", "Time only moves forward", f"It is {instant(context.clock())} already.")
    if dry_run:
        with context.engine.connect() as conn:
            fired = sum(1 for _ in forecast(conn, context.clock(), to))
        return Reply({"now": instant(to), "fired": fired}).response()
    swept = sweep(context.engine, to, recorded_at="due")
    try:
        with writing(context.engine) as conn:
            move_sandbox(conn, to)
    except Backwards as error:
        raise Problem(409, "backwards", "Time only moves forward", str(error)) from None
    return Reply({"now": instant(to), "fired": swept.fired}).response()
