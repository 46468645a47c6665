"""/v1/waiting: what waits for a person."""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.access.contract_query import AskedService
from api.access.roles import may
from api.commands import read_only
from api.request.query import Limit, WaitingPlace
from api.routes.routing import operations
from api.schemas.outputs import service as schemas
from lifecycle.commands.command import Outcome
from lifecycle.queries.waiting import place_of, waiting_items
from lifecycle.queries.waiting_kinds import Asked
from lifecycle.terms.calendar import tokyo_day

router = operations("/v1", "waiting")
APPROVALS = "approvals-list_approvals"


@router.get("/waiting", responses=schemas.WAITING)
async def list_waiting(
    request: Request, caller: Caller, service: AskedService = None, limit: Limit = 100, cursor: WaitingPlace = None
) -> Response:
    """Lists everything that waits for a person, as the worklist does; proposals for those who may read them."""
    hidden = frozenset() if may(caller.grants, APPROVALS) else frozenset({"approval"})

    def work(conn: Connection, now: datetime) -> Outcome:
        asked = Asked(hidden=hidden, today=tokyo_day(now), service=service)
        found = waiting_items(conn, asked, limit + 1, cursor or "")
        following = place_of(found[limit - 1]) if len(found) > limit else None
        return Outcome({"items": found[:limit], "next": following})

    return await read_only(request, work)
