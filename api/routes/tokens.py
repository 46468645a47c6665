"""/v1/tokens: access tokens with roles and expiry. The secret is shown once and not stored."""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.commands import page_of, read_only, respond
from api.request.query import AnyLimit, CreationHeaders, Place, without_key
from api.routes.routing import operations
from api.schemas.outputs import service as schemas
from lifecycle.commands.command import Outcome
from lifecycle.commands.inputs import NewToken
from lifecycle.machines.body import NeedsReason
from lifecycle.machines.field_types import Text
from lifecycle.people import tokens
from lifecycle.queries.views.people import token_view

router = operations("/v1/tokens", "tokens")


@router.get("", responses=schemas.TOKENS)
async def list_tokens(request: Request, caller: Caller, limit: AnyLimit = None, cursor: Place = None) -> Response:
    """Lists all tokens by name, including revoked ones."""

    def work(conn: Connection, now: datetime) -> Outcome:
        return page_of([token_view(row) for row in tokens.list_tokens(conn)], limit, cursor)

    return await read_only(request, work)


@router.post("", status_code=201, responses=schemas.MADE_TOKEN)
async def create(request: Request, caller: Caller, command: CreationHeaders, body: NewToken) -> Response:
    """Creates a token. It takes no idempotency key, because the stored answer would contain the secret."""
    without_key(command)
    return await respond(request, caller, command, body)


@router.post("/{name}/revoke", responses=schemas.TOKEN)
async def revoke(
    request: Request, caller: Caller, name: Text, command: CreationHeaders, body: NeedsReason
) -> Response:
    """Revokes a token immediately."""
    return await respond(request, caller, command, body, subject_id=name)
