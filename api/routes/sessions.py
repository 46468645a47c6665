"""/v1/sessions: who is signed in to the pages, and ending it, for people without a token too."""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.commands import page_of, read_only, respond
from api.request.context import context_of
from api.request.query import AnyLimit, CreationHeaders, Place
from api.routes.routing import operations
from api.schemas.outputs import service as schemas
from lifecycle.commands.command import Outcome
from lifecycle.commands.inputs import EndSessions
from lifecycle.people import sessions
from lifecycle.queries.views.people import signed_in_view

router = operations("/v1/sessions", "sessions")


@router.get("", responses=schemas.SIGNED_IN)
async def list_sessions(
    request: Request, caller: Caller, limit: AnyLimit = None, cursor: Place = None
) -> Response:
    """Lists the people who are signed in to the pages, by name."""
    wall = context_of(request).wall

    def work(conn: Connection, now: datetime) -> Outcome:
        found = sessions.list_signed_in(conn, wall())
        return page_of([signed_in_view(*row) for row in found], limit, cursor)

    return await read_only(request, work)


@router.post("/end", responses=schemas.ENDED)
async def end(request: Request, caller: Caller, command: CreationHeaders, body: EndSessions) -> Response:
    """Ends all sessions of a person immediately. With an account or a token the person can sign in again."""
    return await respond(request, caller, command, body)
