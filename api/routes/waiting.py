"""/v1/waiting: what waits for a person."""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.request.answers import read_only
from api.request.query import AnyId, Limit
from api.routes.routing import operations
from api.schemas.outputs import service as schemas
from lifecycle.commands.command import Outcome
from lifecycle.queries.waiting import waiting_items

router = operations("/v1", "waiting")


@router.get("/waiting", responses=schemas.WAITING)
async def list_waiting(request: Request, caller: Caller, limit: Limit = 100, cursor: AnyId = None) -> Response:
    """Lists what waits for a person: applications, open conditions, held billing, parked timers, refunds."""

    def work(conn: Connection, now: datetime) -> Outcome:
        found = waiting_items(conn, now, limit + 1, cursor or "")
        following = found[limit - 1]["id"] if len(found) > limit else None
        return Outcome({"items": found[:limit], "next": following})

    return await read_only(request, work)
