"""/v1/tokens: who may come in, in which roles, for how long. The secret itself is shown once and kept nowhere."""

from datetime import date, datetime, time, timedelta
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.problems import Problem, malformed
from api.request.context import context_of
from api.request.query import CreationHeaders, without_key
from api.routes.routing import operations
from api.schemas.inputs.access import NewToken
from api.schemas.inputs.fields import NeedsReason, Text
from api.schemas.outputs import access as schemas
from api.transaction.transact import Reply, read_only, transact
from lifecycle.people import tokens
from lifecycle.terms.calendar import TOKYO, instant

router = operations("/v1/tokens", "tokens")


@router.get("", responses=schemas.TOKENS)
async def list_tokens(request: Request, caller: Caller) -> Response:
    """Every token there is or was, by name."""

    def work(conn: Connection, now: datetime) -> Reply:
        return Reply({"items": [_view(row) for row in tokens.list_tokens(conn)], "next": None})

    return await read_only(request, work)


@router.post("", status_code=201, responses=schemas.MADE_TOKEN)
async def create(request: Request, caller: Caller, command: CreationHeaders, body: NewToken) -> Response:
    """Makes a token. No idempotency key: its answer would keep the secret."""
    without_key(command)
    wall = context_of(request).wall

    def work(conn: Connection, now: datetime) -> Reply:
        ends = last_instant(body.expires_on) if body.expires_on else None
        try:
            made = tokens.issue_token(conn, body.name, body.roles, wall(), expires_at=ends, by=caller.name)
        except tokens.NameTaken as error:
            raise Problem(409, "name-taken", "The name is taken", f"{error}.") from None
        except tokens.OverAlready:
            raise malformed([("/expires_on", "is over already")]) from None
        return Reply(_one(conn, body.name) | {"token": made}, 201)

    return await transact(request, caller, work, dry_run=command.dry_run)


@router.post("/{name}/revoke", responses=schemas.TOKEN)
async def revoke(
    request: Request, caller: Caller, name: Text, command: CreationHeaders, body: NeedsReason
) -> Response:
    """Shuts a token out from now on."""

    wall = context_of(request).wall

    def work(conn: Connection, now: datetime) -> Reply:
        try:
            tokens.revoke_token(conn, name, wall(), by=caller.name, reason=body.reason)
        except tokens.NoSuchToken:
            raise Problem(404, "unknown", "Not found", "There is no token of that name.") from None
        return Reply(_one(conn, name))

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


def last_instant(day: date) -> datetime:
    """The first instant after a day in Japan."""
    return datetime.combine(day + timedelta(days=1), time(), TOKYO)


def _one(conn: Connection, name: str) -> dict[str, Any]:
    return next(_view(row) for row in tokens.list_tokens(conn) if row["name"] == name)


def _view(row: dict[str, Any]) -> dict[str, Any]:
    """A token's row as an answer. The last day is the one before the instant at which it ends."""
    ends = row.pop("expires_at")
    last = (ends.astimezone(TOKYO) - timedelta(days=1)).date().isoformat() if ends else None
    return row | {
        "created_at": instant(row["created_at"]), "expires_on": last, "revoked_at": instant(row["revoked_at"]),
    }  # fmt: skip
