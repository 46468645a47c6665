"""/v1/contracts: notes, attachments, and who looks after a contract (R43)."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.access.auth import Caller
from api.commands import read_only, respond
from api.problems import malformed_of
from api.request.bodies import ReceivedFile, read_multipart
from api.request.context import context_of
from api.request.query import CommandHeaders, ContractId, Limit, Place, known_form
from api.request.request_limits import caller_of
from api.routes.routing import operations
from api.schemas.outputs import contracts as schemas
from lifecycle.commands.command import Outcome
from lifecycle.commands.note_operations import AssignmentBody, AttachmentBody, NoteBody
from lifecycle.queries.media import MEDIA, disposition
from lifecycle.queries.notes import StoredFile, attachments_of, notes_of, stored_file
from lifecycle.records.engine import reading
from lifecycle.records.mapping import load

router = operations("/v1/contracts/{contract_id}", "contracts")
files = operations("/v1/contracts/{contract_id}", "files")
AttachmentId = Annotated[str, Path(examples=["c_01g1793000mdgr1ppmy0ffgaq3.8"]), known_form("attachment")]
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "title": "AttachmentForm",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "A PDF, PNG or JPEG file or a mail (EML), of at most 10 MiB.",
                        },
                        "entry": {
                            "type": "string",
                            "maxLength": 60,
                            "description": "The history row that it documents, by its id.",
                            "examples": ["c_01g1793000mdgr1ppmy0ffgaq3.3"],
                        },
                    },
                }
            }
        },
    }
}


@router.post("/notes", status_code=201, responses=schemas.NOTED)
async def note(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: NoteBody
) -> Response:
    """Adds a note, which changes no state, day or amount (R43). An erasure of personal data erases its text."""
    return await respond(request, caller, command, body, subject_id=contract_id)


@router.get("/notes", responses=schemas.NOTES)
async def list_notes(
    request: Request, caller: Caller, contract_id: ContractId, limit: Limit = 100, cursor: Place = None
) -> Response:
    """Lists the contract's notes, oldest first, for roles that see personal data."""

    def work(conn: Connection, now: datetime) -> Outcome:
        load(conn, contract_id)
        return _page(notes_of(conn, contract_id, cursor or 0, limit + 1), limit)

    return await read_only(request, work)


@router.post("/attachments", status_code=201, responses=schemas.ATTACHED, openapi_extra=FORM)
async def attach(request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders) -> Response:
    """Adds a file, such as a scanned notice or a mail (R43). The history holds only its type, size and SHA-256."""
    with context_of(request).importing.entered(caller_of(request)):
        sent = await read_multipart(request, "entry")
        body = attachment_of(sent)
        return await respond(request, caller, command, body, subject_id=contract_id, printed=printed(body))


@router.get("/attachments", responses=schemas.ATTACHMENTS)
async def list_attachments(
    request: Request, caller: Caller, contract_id: ContractId, limit: Limit = 100, cursor: Place = None
) -> Response:
    """Lists the contract's attachments, oldest first, for roles that see personal data."""

    def work(conn: Connection, now: datetime) -> Outcome:
        load(conn, contract_id)
        return _page(attachments_of(conn, contract_id, cursor or 0, limit + 1), limit)

    return await read_only(request, work)


@files.get("/attachments/{attachment_id}", responses=schemas.BYTES, response_class=Response)
async def attachment(
    request: Request, caller: Caller, contract_id: ContractId, attachment_id: AttachmentId
) -> Response:
    """Returns the content of an attachment, for roles that see personal data."""
    engine = context_of(request).engine

    def work() -> Response:
        with reading(engine) as conn:
            return file_response(stored_file(conn, contract_id, attachment_id))

    return await run_in_threadpool(work)


@router.post("/assign", responses=schemas.CONTRACT)
async def assign(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: AssignmentBody
) -> Response:
    """Sets the assignee of the contract; null for nobody (R43)."""
    return await respond(request, caller, command, body, subject_id=contract_id)


def attachment_of(sent: ReceivedFile) -> AttachmentBody:
    """What is sent, from the parts of a form. Raises Malformed."""
    try:
        return AttachmentBody(content=sent.content, name=sent.name, entry=sent.fields.get("entry") or None)
    except ValidationError as error:
        raise malformed_of(error.errors(include_input=False)) from None


def printed(body: AttachmentBody) -> bytes:
    """What the fingerprint of an attachment is made of: the form's boundary says nothing."""
    return f"{body.name}\n{body.entry}\n".encode("utf-8", "replace") + body.content


def file_response(found: StoredFile) -> Response:
    """A file as it is sent: nothing in it may run, and no other site may show it."""
    headers = {
        "Content-Disposition": disposition(found.name, found.media_type),
        "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; "
        "frame-ancestors 'self'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    assert found.media_type in MEDIA
    return Response(found.content, headers=headers, media_type=found.media_type)


def _page(items: Any, limit: int) -> Outcome:
    more = len(items) > limit
    return Outcome({"items": items[:limit], "next": items[limit - 1]["id"].rpartition(".")[2] if more else None})
