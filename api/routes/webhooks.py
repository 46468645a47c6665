"""/v1/webhooks: receivers of messages about transitions, and undelivered messages."""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.access.contract_query import AskedService
from api.commands import page_of, read_only, respond
from api.request.context import context_of
from api.request.query import (
    After,
    AnyLimit,
    CreationHeaders,
    Limit,
    LogPlace,
    Place,
    WebhookIdPath,
    cursor_of,
    without_key,
)
from api.routes.routing import operations
from api.schemas.outputs import service as schemas
from lifecycle.commands.command import Outcome
from lifecycle.commands.inputs import NewWebhook, Resend
from lifecycle.machines.body import NeedsReason
from lifecycle.queries.views.webhooks import message_view, webhook_view
from lifecycle.webhooks import subscriptions

router = operations("/v1/webhooks", "webhooks")


@router.get("", responses=schemas.WEBHOOKS)
async def list_webhooks(
    request: Request, caller: Caller, service: AskedService = None, limit: AnyLimit = None, cursor: Place = None
) -> Response:
    """Lists every receiver and its delivery position; with `service` those limited to it."""
    at = context_of(request).sending_time()

    def work(conn: Connection, now: datetime) -> Outcome:
        found = subscriptions.list_webhooks(conn, service)
        return page_of([webhook_view(one, at) for one in found], limit, cursor)

    return await read_only(request, work)


@router.post("", status_code=201, responses=schemas.MADE)
async def add(request: Request, caller: Caller, command: CreationHeaders, body: NewWebhook) -> Response:
    """Adds a receiver: https, public. No idempotency key, because the stored answer would contain the secret."""
    without_key(command)
    return await respond(request, caller, command, body)


@router.post("/{webhook_id}/rotate", responses=schemas.ROTATED)
async def rotate(
    request: Request, caller: Caller, webhook_id: WebhookIdPath, command: CreationHeaders, body: NeedsReason
) -> Response:
    """Changes the secret; for 24 hours messages have a signature by each secret. It takes no idempotency key."""
    without_key(command)
    return await respond(request, caller, command, body, subject_id=webhook_id)


@router.post("/{webhook_id}/remove", responses=schemas.REMOVED)
async def remove(
    request: Request, caller: Caller, webhook_id: WebhookIdPath, command: CreationHeaders, body: NeedsReason
) -> Response:
    """Removes a receiver and deletes its undelivered messages."""
    return await respond(request, caller, command, body, subject_id=webhook_id)


@router.get("/{webhook_id}/undelivered", responses=schemas.UNDELIVERED)
async def list_undelivered(
    request: Request,
    caller: Caller,
    webhook_id: WebhookIdPath,
    limit: Limit = 100,
    cursor: LogPlace = None,
    after: After = None,
) -> Response:
    """Lists undelivered messages with the reasons, waiting and failed ones. `cursor` is an index."""
    place = cursor_of(cursor, after)

    def work(conn: Connection, now: datetime) -> Outcome:
        found = subscriptions.undelivered(conn, webhook_id, place, limit + 1)
        following = str(found[limit - 1].index) if len(found) > limit else None
        return Outcome({"items": [message_view(one) for one in found[:limit]], "next": following})

    return await read_only(request, work)


@router.post("/{webhook_id}/resend", responses=schemas.RESENT)
async def resend(
    request: Request, caller: Caller, webhook_id: WebhookIdPath, command: CreationHeaders, body: Resend
) -> Response:
    """Resends one or all failed messages and resets their attempts. The logbook records it."""
    return await respond(request, caller, command, body, subject_id=webhook_id)


@router.post("/{webhook_id}/test", responses=schemas.TESTED)
async def send_test(
    request: Request, caller: Caller, webhook_id: WebhookIdPath, command: CreationHeaders
) -> Response:
    """Sends a message of the type `test`. If it fails, it is among the undelivered messages, with the reason."""
    return await respond(request, caller, command, subject_id=webhook_id)
