"""/v1/sessions: who is signed in to the pages, and ending it, for people without a token too."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, Field
from sqlalchemy import Connection

from api.access.auth import Caller
from api.request.context import context_of
from api.request.query import Creation
from api.request.transact import Reply, look, transact
from api.shapes.inputs.fields import NeedsReason, Text
from api.shapes.outputs.common import REFUSALS, Output, of
from lifecycle.audit.chain import instant
from lifecycle.desk import sessions

router = APIRouter(prefix="/v1/sessions", tags=["sessions"], responses=REFUSALS)


class EndSessions(NeedsReason):
    """Whose sessions are ended, by the name that the history has."""

    name: Text = Field(max_length=100)


class SignedIn(Output):
    """Somebody who is signed in. sessions: how many; until_at: when the last of them ends by itself."""

    name: str
    sessions: int
    until_at: AwareDatetime


class SignedInList(Output):
    """Everybody who is signed in."""

    items: list[SignedIn]
    next: None


class Ended(Output):
    """How many sessions were ended, links that would have opened one among them."""

    ended: int


SIGNED_IN = of(SignedInList, "Everybody who is signed in.")
ENDED = of(Ended, "How many were ended.")


@router.get("", responses=SIGNED_IN)
async def list_sessions(request: Request, caller: Caller) -> Response:
    """Who is signed in to the pages, by name."""
    wall = context_of(request).wall

    def work(conn: Connection, now: datetime) -> Reply:
        found = sessions.signed_in(conn, wall())
        return Reply({"items": [_view(*row) for row in found], "next": None})

    return await look(request, work)


@router.post("/end", responses=ENDED)
async def end(request: Request, caller: Caller, command: Creation, body: EndSessions) -> Response:
    """Ends every session of somebody at once. Whoever still has an account or a token can sign in anew."""

    def work(conn: Connection, now: datetime) -> Reply:
        return Reply({"ended": sessions.end_sessions(conn, body.name, caller.name, body.reason, now)})

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


def _view(name: str, number: int, until: datetime) -> dict[str, Any]:
    return {"name": name, "sessions": number, "until_at": instant(until)}
