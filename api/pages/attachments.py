"""Attached files on the contract's pages: add a file, show it or download it (R43)."""

import secrets
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from api.commands import attempt
from api.messages.catalogue import translate_detail
from api.pages.layout import page
from api.pages.routing import pages, see
from api.pages.session import PageSession, PostedForm, SignedInSession
from api.request.bodies import ReceivedFile
from api.request.context import context_of
from api.request.query import key_of
from api.request.request_limits import caller_of
from api.routes.notes import attachment_of, file_response, printed
from lifecycle.commands.command import Command
from lifecycle.commands.execute import execute
from lifecycle.commands.idempotency import fingerprint
from lifecycle.errors import DomainError, Malformed
from lifecycle.history.rows import rows_of
from lifecycle.machines.entries import entries_of
from lifecycle.queries.media import MEDIA
from lifecycle.queries.notes import stored_file
from lifecycle.queries.views.contracts import contract_view
from lifecycle.records.engine import reading
from lifecycle.records.mapping import load
from lifecycle.records.people import personal_of

router = pages()
ATTACH = "contracts-attach"
ADDRESS = "/contracts/{contract_id}/attachments/new"
ACCEPTED = ",".join(suffix for media in MEDIA.values() for suffix in (media.suffix, *media.also))


@router.get(ADDRESS)
def show_form(request: Request, visit: SignedInSession, contract_id: str, entry: str = "") -> Response:
    """Show the upload form. entry: the history row that the file documents."""
    visit.need(ATTACH)
    return _drawn(request, visit, contract_id, entry)


@router.post(ADDRESS)
async def take_file(request: Request, visit: SignedInSession, contract_id: str, form: PostedForm) -> Response:
    """Attach the file, or show what is wrong with it."""
    visit.need(ATTACH)
    answered = await _attached(request, visit, contract_id, form)
    if isinstance(answered, Malformed):
        entry, wrong = str(form.get("entry") or "")[:100], answered.errors
        return await run_in_threadpool(_drawn, request, visit, contract_id, entry, wrong)
    if isinstance(answered, DomainError):
        raise answered
    return see(f"/contracts/{contract_id}?done={ATTACH}")


@router.get("/contracts/{contract_id}/attachments/{attachment_id}")
def show_file(request: Request, visit: SignedInSession, contract_id: str, attachment_id: str) -> Response:
    """Return the file: shown inline if a browser can show it, otherwise as a download."""
    visit.need("files-attachment")
    with reading(context_of(request).engine) as conn:
        return file_response(stored_file(conn, contract_id, attachment_id))


async def _attached(request: Request, visit: PageSession, contract_id: str, form: FormData) -> Any:
    """Return the outcome of the command, or its refusal."""
    file, entry, context = form.get("file"), form.get("entry"), context_of(request)
    if not isinstance(file, UploadFile) or not file.filename:
        return Malformed([("/file", "is required")])
    sent = ReceivedFile(file.filename, await file.read(), {"entry": entry} if isinstance(entry, str) else {})
    path = f"/v1/contracts/{contract_id}/attachments"
    try:
        body = attachment_of(sent)
        key = key_of(str(form.get("key") or "") or None)
    except Malformed as error:
        return error
    command = Command(
        operation=ATTACH, actor=visit.principal.name, path=path, subject_id=contract_id, body=body, key=key,
        fingerprint=fingerprint("POST", path, (), printed(body)),
    )  # fmt: skip
    with context.importing.entered(caller_of(request)):
        return await attempt(execute, context, command)


def _drawn(
    request: Request, visit: PageSession, contract_id: str, entry: str, wrong: list[dict[str, str]] | None = None
) -> Response:
    context = context_of(request)
    now = context.clock()
    with reading(context.engine) as conn:
        contract = contract_view(load(conn, contract_id), personal_of(conn, contract_id), now)
        entries = [
            {"id": one.id, "event": one.event.name, "at": one.at} for one in entries_of(rows_of(conn, contract_id))
        ]
    errors = [translate_detail(visit.language, one["detail"]) for one in wrong or ()]
    return page(
        request, visit, "attach.html", status=422 if errors else 200, now=now, contract=contract, chosen=entry,
        entries=entries[::-1], errors=errors, accepted=ACCEPTED, key=secrets.token_urlsafe(24),
    )  # fmt: skip
