"""The page of mail: messages that wait, failed ones with the reason, and a button to send them again."""

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from api.commands import attempt
from api.documents.mailed import write_letters
from api.pages.layout import page
from api.pages.routing import pages, see
from api.pages.session import PageSession, PostedForm, SignedInSession
from api.request.context import context_of
from lifecycle.commands.command import Command, Outcome
from lifecycle.commands.execute import execute
from lifecycle.commands.mail import MailPaper
from lifecycle.mail import outbox
from lifecycle.records.engine import reading

router = pages()
SHOWN = 200
RESEND, MAIL = "mail-resend", "mail-mail_paper"


@router.get("/mail")
async def show_mail(request: Request, visit: SignedInSession) -> Response:
    """The newest messages of the outbox."""
    return await _shown(request, visit)


@router.post("/mail/{mail_id}/resend")
async def resend_mail(request: Request, visit: SignedInSession, mail_id: str, sent: PostedForm) -> Response:
    """Send a message immediately."""
    visit.need(RESEND)
    path = f"/v1/mail/{mail_id}/resend"
    command = Command(operation=RESEND, actor=visit.principal.name, path=path, subject_id=mail_id)
    return await _done(request, visit, command)


@router.post("/contracts/{contract_id}/papers/{name}/mail")
async def mail_paper(
    request: Request, visit: SignedInSession, contract_id: str, name: str, sent: PostedForm
) -> Response:
    """Mails a paper to the customer or the administrator, in the language of the pages."""
    visit.need(MAIL)
    write_letters(context_of(request))
    body = MailPaper(to="administrator" if sent.get("to") == "administrator" else "customer", lang=visit.language)
    path = f"/v1/contracts/{contract_id}/papers/{name}/mail"
    command = Command(
        operation=MAIL, actor=visit.principal.name, path=path, subject_id=contract_id, part=name, body=body
    )
    return await _done(request, visit, command)


async def _done(request: Request, visit: PageSession, command: Command) -> Response:
    answered = await attempt(execute, context_of(request), command)
    if isinstance(answered, Outcome):
        return see("/mail?queued=1")
    return await _shown(request, visit, status=answered.status, problem=answered.as_problem(command.path))


async def _shown(
    request: Request, visit: PageSession, *, status: int = 200, problem: dict[str, object] | None = None
) -> Response:
    visit.need("mail-list_mail")
    context = context_of(request)

    def look() -> list[outbox.Queued]:
        with reading(context.engine) as conn:
            return outbox.list_mail(conn, SHOWN)

    found = await run_in_threadpool(look)
    return page(
        request, visit, "mail.html", status=status, now=context.clock(), found=found, problem=problem, most=SHOWN,
        queued=request.query_params.get("queued") == "1",
    )  # fmt: skip
