"""/v1/webhooks: other systems that are told of transitions, and what they have not taken yet."""

from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.problems import malformed
from api.request.context import context_of
from api.request.query import CreationHeaders, Limit, LogPlace, WebhookIdPath, without_key
from api.routes.routing import operations
from api.schemas.inputs.fields import NeedsReason
from api.schemas.inputs.webhooks import NewWebhook, Resend
from api.schemas.outputs import webhooks as schemas
from api.transaction.transact import Reply, read_only, transact
from lifecycle.terms.calendar import instant
from lifecycle.webhooks import subscriptions
from lifecycle.webhooks.addresses import NotAllowed, check_url

router = operations("/v1/webhooks", "webhooks")


@router.get("", responses=schemas.WEBHOOKS)
async def list_webhooks(request: Request, caller: Caller) -> Response:
    """Every receiver, and how far it has been told."""

    def work(conn: Connection, now: datetime) -> Reply:
        return Reply({"items": [_view(found, now) for found in subscriptions.list_webhooks(conn)], "next": None})

    return await read_only(request, work)


@router.post("", status_code=201, responses=schemas.MADE)
async def add(request: Request, caller: Caller, command: CreationHeaders, body: NewWebhook) -> Response:
    """Adds a receiver: https, at a public address. No idempotency key: its answer would keep the secret."""
    without_key(command)
    try:
        check_url(body.url, context_of(request).networks)
    except NotAllowed as error:
        raise malformed([("/url", str(error))]) from None

    def work(conn: Connection, now: datetime) -> Reply:
        try:
            made, secret = subscriptions.subscribe(conn, body.url, body.types, body.after, caller.name, now)
        except subscriptions.NotYetLogged:
            raise malformed([("/after", "lies beyond the end of the log")]) from None
        return Reply(_view(subscriptions.webhook_of(conn, made), now) | {"secret": secret}, 201)

    return await transact(request, caller, work, dry_run=command.dry_run)


@router.post("/{webhook_id}/rotate", responses=schemas.ROTATED)
async def rotate(
    request: Request, caller: Caller, webhook_id: WebhookIdPath, command: CreationHeaders, body: NeedsReason
) -> Response:
    """Gives it another secret; for 24 hours messages bear a signature by each. No idempotency key, as above."""
    without_key(command)

    def work(conn: Connection, now: datetime) -> Reply:
        secret = subscriptions.rotate_signing_secret(conn, webhook_id, caller.name, body.reason, now)
        return Reply(_view(subscriptions.webhook_of(conn, webhook_id), now) | {"secret": secret})

    return await transact(request, caller, work, dry_run=command.dry_run)


@router.post("/{webhook_id}/remove", responses=schemas.REMOVED)
async def remove(
    request: Request, caller: Caller, webhook_id: WebhookIdPath, command: CreationHeaders, body: NeedsReason
) -> Response:
    """Tells it nothing any more; what it has not taken is forgotten."""

    def work(conn: Connection, now: datetime) -> Reply:
        found = subscriptions.webhook_of(conn, webhook_id)
        subscriptions.unsubscribe(conn, webhook_id, caller.name, body.reason, now)
        return Reply(_view(found, now))

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


@router.get("/{webhook_id}/undelivered", responses=schemas.UNDELIVERED)
async def list_undelivered(
    request: Request, caller: Caller, webhook_id: WebhookIdPath, after: LogPlace = None, limit: Limit = 100
) -> Response:
    """What it has not taken, and why: what is tried again, and what failed for good. `after` is an index."""

    def work(conn: Connection, now: datetime) -> Reply:
        found = subscriptions.undelivered(conn, webhook_id, -1 if after is None else after, limit + 1)
        following = str(found[limit - 1].index) if len(found) > limit else None
        return Reply({"items": [_message(one) for one in found[:limit]], "next": following})

    return await read_only(request, work)


@router.post("/{webhook_id}/resend", responses=schemas.RESENT)
async def resend(
    request: Request, caller: Caller, webhook_id: WebhookIdPath, command: CreationHeaders, body: Resend
) -> Response:
    """Sends failed messages again, one or all, their attempts counted anew. On record."""

    def work(conn: Connection, now: datetime) -> Reply:
        return Reply({"resent": subscriptions.resend_undelivered(conn, webhook_id, body.index, caller.name, now)})

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


def _view(found: subscriptions.Webhook, now: datetime) -> dict[str, Any]:
    resting = found.backoff_until is not None and found.backoff_until > now
    both = found.old_secret_until is not None and found.old_secret_until > now
    return {
        "id": found.id, "url": found.url, "types": found.types,
        "state": "disabled" if found.disabled_at else "resting" if resting else "active",
        "told_up_to": found.cursor, "waiting": found.waiting, "failed": found.failed,
        "resting_until_at": instant(found.backoff_until if resting else None),
        "both_secrets_until_at": instant(found.old_secret_until if both else None),
        "created_at": instant(found.created_at), "created_by": found.created_by,
        "disabled_at": instant(found.disabled_at), "disabled_because": found.disabled_because,
    }  # fmt: skip


def _message(one: subscriptions.Undelivered) -> dict[str, Any]:
    return {
        "index": one.index, "contract_id": one.contract_id,
        "state": "failed" if one.next_try_at is None else "waiting", "tries": one.attempts,
        "tried_at": instant(one.tried_at), "next_try_at": instant(one.next_try_at), "reason": one.reason,
    }  # fmt: skip
