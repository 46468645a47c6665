"""/v1/due, /v1/clock: what the clock will do, and what time it is."""

from datetime import datetime
from itertools import islice
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.access.contract_query import AskedService
from api.commands import read_only, respond
from api.request.context import context_of
from api.request.query import CreationHeaders, Limit, Place
from api.routes.routing import operations
from api.schemas.outputs import service as schemas
from lifecycle.commands.command import Outcome
from lifecycle.commands.inputs import MoveClock
from lifecycle.machines.field_types import Instant
from lifecycle.queries.forecast import forecast
from lifecycle.queries.views.forecast import entry_view
from lifecycle.terms.calendar import instant
from lifecycle.timers.clock import oldest_due

router = operations("/v1", "clock")


@router.get("/due", responses=schemas.DUE)
async def due(
    request: Request,
    caller: Caller,
    until: Annotated[Instant, Query()],
    service: AskedService = None,
    limit: Limit = 100,
    cursor: Place = None,
) -> Response:
    """Lists the coming timed transitions in the order of firing, including those that follow from others."""
    skip = cursor or 0

    def work(conn: Connection, now: datetime) -> Outcome:
        entries = list(islice(forecast(conn, now, until, service=service), skip, skip + limit + 1))
        following = str(skip + limit) if len(entries) > limit else None
        return Outcome({"items": [entry_view(entry) for entry in entries[:limit]], "next": following})

    return await read_only(request, work, figures=True)


@router.get("/clock", responses=schemas.CLOCK)
async def get_clock(request: Request, caller: Caller) -> Response:
    """Returns the time of the service, and how long the oldest due transition has been waiting."""
    sandbox = context_of(request).sandbox

    def work(conn: Connection, now: datetime) -> Outcome:
        due_at = oldest_due(conn)
        overdue = (now - due_at).total_seconds() if due_at is not None and due_at <= now else None
        return Outcome({"now": instant(now), "sandbox": sandbox, "oldest_overdue_s": overdue})

    return await read_only(request, work)


@router.put("/clock", responses=schemas.MOVED)
async def move_clock(request: Request, caller: Caller, command: CreationHeaders, body: MoveClock) -> Response:
    """Moves the time of a sandbox forward and fires the timers that become due, in order."""
    return await respond(request, caller, command, body)
