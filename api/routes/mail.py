"""/v1/mail: the outbox of mail, and papers on their way to customers."""

import re
from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Request
from fastapi.responses import Response
from pydantic import AfterValidator
from sqlalchemy import Connection

from api.access.auth import Caller
from api.commands import read_only, respond
from api.documents.mailed import write_letters
from api.documents.writer import name_of_paper
from api.request.context import context_of
from api.request.query import NEXT, CommandHeaders, ContractId, CreationHeaders, Limit, known_form
from api.routes.routing import operations
from api.schemas.outputs import service as schemas
from lifecycle.commands.command import Outcome
from lifecycle.commands.mail import MailPaper, MailTest
from lifecycle.machines.body import NeedsReason
from lifecycle.mail import outbox
from lifecycle.queries.views.closed_sets import MailState
from lifecycle.queries.views.mail import mail_view

router = operations("/v1", "mail")
_STATEMENT = re.compile(r"statement-\d{4}-(0[1-9]|1[0-2])", re.ASCII)


def _paper(name: str) -> str:
    return name if _STATEMENT.fullmatch(name) else name_of_paper(name)


MailedPaper = Annotated[str, AfterValidator(_paper), Path()]
MailCursor = Annotated[str | None, Query(max_length=40, pattern="^mail_[0-9a-z]+$", description=NEXT)]
MailIdPath = Annotated[str, Path(), known_form("message")]


@router.post("/contracts/{contract_id}/papers/{paper}/mail", status_code=201, responses=schemas.QUEUED)
async def mail_paper(
    request: Request, caller: Caller, contract_id: ContractId, paper: MailedPaper, command: CreationHeaders,
    body: MailPaper,
) -> Response:  # fmt: skip
    """Mails a paper, as it is now, to the address on record of the customer or the administrator."""
    write_letters(context_of(request))
    return await respond(request, caller, command, body, subject_id=contract_id, part=paper)


@router.get("/mail", responses=schemas.MAIL_PAGE)
async def list_mail(
    request: Request, caller: Caller, limit: Limit = 100, cursor: MailCursor = None,
    contract: Annotated[str | None, Query(max_length=40)] = None,
    state: Annotated[MailState | None, Query()] = None,
) -> Response:  # fmt: skip
    """Lists the outbox, the newest message first. No address is shown."""

    def work(conn: Connection, now: datetime) -> Outcome:
        found = outbox.list_mail(conn, limit + 1, cursor, contract_id=contract, state=state)
        following = found[limit - 1].id if len(found) > limit else None
        return Outcome({"items": [mail_view(one) for one in found[:limit]], "next": following})

    return await read_only(request, work)


@router.get("/mail/{mail_id}", responses=schemas.MAIL)
async def get_mail(request: Request, caller: Caller, mail_id: MailIdPath) -> Response:
    """Returns a message of the outbox."""
    return await read_only(request, lambda conn, now: Outcome({**mail_view(outbox.mail_of(conn, mail_id))}))


@router.post("/test_mail", status_code=201, responses=schemas.QUEUED)
async def send_test(request: Request, caller: Caller, command: CreationHeaders, body: MailTest) -> Response:
    """Sends a test message to an employee of the company; the outbox shows its state."""
    return await respond(request, caller, command, body)


@router.post("/mail/{mail_id}/resend", responses=schemas.MAIL)
async def resend(request: Request, caller: Caller, mail_id: MailIdPath, command: CommandHeaders) -> Response:
    """Sends a waiting or failed message at once and resets its attempts. The logbook records it."""
    return await respond(request, caller, command, subject_id=mail_id)


@router.post("/mail/{mail_id}/remove", responses=schemas.MAIL)
async def remove(
    request: Request, caller: Caller, mail_id: MailIdPath, command: CommandHeaders, body: NeedsReason
) -> Response:
    """Removes a message that was not sent, with the address and the paper."""
    return await respond(request, caller, command, body, subject_id=mail_id)
