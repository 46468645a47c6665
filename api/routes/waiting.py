"""/v1/waiting: what waits for a person."""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.request.query import AnyId, Limit
from api.request.transact import Reply, look
from api.routes.routing import operations
from api.shapes.outputs import service as shapes
from lifecycle.queries.part_views import waiting

router = operations("/v1", "waiting")


@router.get("/waiting", responses=shapes.WAITING)
async def list_waiting(request: Request, caller: Caller, limit: Limit = 100, cursor: AnyId = None) -> Response:
    """What waits for a person: applications, open conditions, held billing, parked timers."""

    def work(conn: Connection, now: datetime) -> Reply:
        found = waiting(conn, now, limit + 1, cursor or "")
        following = found[limit - 1]["id"] if len(found) > limit else None
        return Reply({"items": found[:limit], "next": following})

    return await look(request, work)
