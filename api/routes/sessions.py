"""/v1/sessions: who is signed in to the pages, and ending it, for people without a token too."""

from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.request.context import context_of
from api.request.query import CreationHeaders
from api.routes.routing import operations
from api.schemas.inputs.access import EndSessions
from api.schemas.outputs import access as schemas
from api.transaction.transact import Reply, read_only, transact
from lifecycle.people import sessions
from lifecycle.terms.calendar import instant

router = operations("/v1/sessions", "sessions")


@router.get("", responses=schemas.SIGNED_IN)
async def list_sessions(request: Request, caller: Caller) -> Response:
    """Who is signed in to the pages, by name."""
    wall = context_of(request).wall

    def work(conn: Connection, now: datetime) -> Reply:
        found = sessions.list_signed_in(conn, wall())
        return Reply({"items": [_view(*row) for row in found], "next": None})

    return await read_only(request, work)


@router.post("/end", responses=schemas.ENDED)
async def end(request: Request, caller: Caller, command: CreationHeaders, body: EndSessions) -> Response:
    """Ends every session of somebody at once. Whoever still has an account or a token can sign in anew."""

    def work(conn: Connection, now: datetime) -> Reply:
        return Reply({"ended": sessions.end_sessions(conn, body.name, caller.name, body.reason, now)})

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


def _view(name: str, number: int, until: datetime) -> dict[str, Any]:
    return {"name": name, "sessions": number, "until_at": instant(until)}
