"""The page of webhooks: receivers, undelivered messages with reasons, and a button to resend them."""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.commands import attempt
from api.pages.chosen_service import Linking, chosen_service, services_to_choose
from api.pages.layout import page
from api.pages.routing import pages, see
from api.pages.session import PageSession, PostedForm, SignedInSession
from api.request.context import context_of
from api.request.query import WebhookIdPath
from lifecycle.commands.command import Command, Outcome
from lifecycle.commands.execute import execute
from lifecycle.commands.inputs import Resend
from lifecycle.records.engine import reading
from lifecycle.webhooks import subscriptions

router = pages()
SHOWN = 50  # messages of each receiver
RESEND = "webhooks-resend"


@router.get("/webhooks")
async def show_webhooks(request: Request, visit: SignedInSession) -> Response:
    """Show every receiver with its first undelivered messages."""
    return await _shown(request, visit)


@router.post("/webhooks/{webhook_id}/resend")
async def resend_messages(
    request: Request, visit: SignedInSession, webhook_id: WebhookIdPath, sent: PostedForm
) -> Response:
    """Sends failed messages again: the one named by its index, or all."""
    visit.need(RESEND)
    index = str(sent.get("index") or "")
    body = {"index": int(index) if index.isascii() and index.isdigit() and len(index) < 16 else None}
    command = Command(
        operation=RESEND, actor=visit.principal.name, path=f"/v1/webhooks/{webhook_id}/resend",
        subject_id=webhook_id, body=Resend(**body),
    )  # fmt: skip
    answered = await attempt(execute, context_of(request), command)
    if isinstance(answered, Outcome):
        return see(f"/webhooks?resent={answered.content['resent']}")
    return await _shown(request, visit, status=answered.status, problem=answered.as_problem(command.path))


async def _shown(
    request: Request, visit: PageSession, *, status: int = 200, problem: dict[str, object] | None = None
) -> Response:
    visit.need("webhooks-list_undelivered")
    context, service = context_of(request), chosen_service(request, visit)

    def look() -> tuple[datetime, list[tuple[subscriptions.Webhook, list[subscriptions.Undelivered]]]]:
        now = context.clock()
        with reading(context.engine) as conn:
            return now, _with_messages(conn, service)

    now, found = await run_in_threadpool(look)
    resent = request.query_params.get("resent", "")
    return page(
        request, visit, "webhooks.html", status=status, now=now, found=found, problem=problem, most=SHOWN,
        services=services_to_choose(visit), service=service, link=Linking("/webhooks", {"service": service}),
        resent=resent if resent.isascii() and resent.isdigit() and len(resent) < 9 else None,
    )  # fmt: skip


def _with_messages(
    conn: Connection, service: str | None
) -> list[tuple[subscriptions.Webhook, list[subscriptions.Undelivered]]]:
    return [
        (one, subscriptions.undelivered(conn, one.id, None, SHOWN))
        for one in subscriptions.list_webhooks(conn, service)
    ]
