"""/v1/due, /v1/clock: what the clock will do, and what time it is."""

from datetime import datetime
from itertools import islice
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.access.auth import Caller
from api.problems import Problem
from api.request.context import Context, context_of
from api.request.query import CreationHeaders, Limit, Place
from api.routes.routing import operations
from api.schemas.inputs import contracts as inputs
from api.schemas.inputs.fields import Instant
from api.schemas.outputs import service as schemas
from api.transaction.idempotency import (
    TransactionRequest,
    first_answer,
    not_running_twice,
    store_answers,
    transaction_request,
)
from api.transaction.transact import Reply, read_only
from lifecycle.queries.forecast import forecast
from lifecycle.queries.views import entry_view
from lifecycle.records.engine import reading, writing
from lifecycle.terms.calendar import instant
from lifecycle.timers.clock import Backwards, move_sandbox, oldest_due
from lifecycle.timers.sweep import sweep

router = operations("/v1", "clock")


@router.get("/due", responses=schemas.DUE)
async def due(
    request: Request, caller: Caller, until: Annotated[Instant, Query()], limit: Limit = 100, cursor: Place = None
) -> Response:
    """Every timed transition to come until then, in the order of firing, what follows from others included."""
    skip = cursor or 0

    def work(conn: Connection, now: datetime) -> Reply:
        entries = list(islice(forecast(conn, now, until), skip, skip + limit + 1))
        following = str(skip + limit) if len(entries) > limit else None
        return Reply({"items": [entry_view(entry) for entry in entries[:limit]], "next": following})

    return await read_only(request, work)


@router.get("/clock", responses=schemas.CLOCK)
async def get_clock(request: Request, caller: Caller) -> Response:
    """What time it is for the service, and how long the oldest due transition has been waiting."""
    sandbox = context_of(request).sandbox

    def work(conn: Connection, now: datetime) -> Reply:
        due_at = oldest_due(conn)
        overdue = (now - due_at).total_seconds() if due_at is not None and due_at <= now else None
        return Reply({"now": instant(now), "sandbox": sandbox, "oldest_overdue_s": overdue})

    return await read_only(request, work)


@router.put("/clock", responses=schemas.MOVED)
async def move_clock(
    request: Request, caller: Caller, command: CreationHeaders, body: inputs.MoveClock
) -> Response:
    """Moves a sandbox's time forward and fires all that falls due on the way, in order."""
    context = context_of(request)
    if not context.sandbox:
        raise Problem(403, "not-a-sandbox", "This is no sandbox", "The time of a live service is the real one.")
    asked = await transaction_request(request, caller, dry_run=command.dry_run, key=command.key)
    return await run_in_threadpool(_keyed_move, asked, body.now)


def _keyed_move(asked: TransactionRequest, to: datetime) -> Response:
    """The move, its answer kept under its key. Its transactions are its own: one cut short is taken up again."""
    if asked.key is None:
        return _move(asked.context, to, asked.dry_run)
    with not_running_twice(asked):
        with writing(asked.context.engine) as conn:
            if (stored := first_answer(conn, asked)) is not None:
                return stored
        response = _move(asked.context, to, asked.dry_run)
        with writing(asked.context.engine) as conn:
            store_answers(conn, [(asked, response)])
        return response


def _move(context: Context, to: datetime, dry_run: bool) -> Response:
    if to < context.clock():
        raise Problem(409, "backwards", "Time only moves forward", f"It is {instant(context.clock())} already.")
    if dry_run:
        now = context.clock()
        with reading(context.engine) as conn:
            fired = sum(1 for _ in forecast(conn, now, to))
        return Reply({"now": instant(to), "fired": fired}).response()
    swept = sweep(context.engine, to, passing_from=context.clock())
    try:
        with writing(context.engine) as conn:
            move_sandbox(conn, to)
    except Backwards as error:
        raise Problem(409, "backwards", "Time only moves forward", str(error)) from None
    return Reply({"now": instant(to), "fired": swept.fired}).response()
