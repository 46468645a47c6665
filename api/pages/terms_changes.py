"""Changes of the terms: rehearse a file, record an announcement."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection
from starlette.datastructures import FormData, UploadFile

from api.commands import attempt
from api.pages.layout import page
from api.pages.routing import pages, see
from api.pages.session import PageSession, PostedForm, SignedInSession
from api.problems import malformed_of
from api.request.context import Context, context_of
from api.routes.files import sheet
from lifecycle.commands.command import Command, Outcome
from lifecycle.commands.execute import execute
from lifecycle.commands.terms_operations import (
    MOST,
    AnnouncementBody,
    RehearsalBody,
    rehearsed,
)
from lifecycle.errors import DomainError, Malformed
from lifecycle.queries.rehearsal import COLUMNS, rehearse, table_rows
from lifecycle.sheets.writing import Cell
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.date_parsing import UnreadableDate, parse_date
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.terms_file import LONGEST

router = pages()
SHOWN = 50  # contracts that change, on one page
ANNOUNCED = ("version", "announced_on", "how", "reason")
REHEARSE, ANNOUNCE = "terms-rehearse", "terms-announce"


@router.get("/terms/rehearsal")
def rehearsal_form(request: Request, visit: SignedInSession) -> Response:
    """Show the form for a file of terms."""
    visit.need(REHEARSE)
    return page(request, visit, "rehearsal.html", text="", until="", found=None, problem=None)


@router.post("/terms/rehearsal")
async def rehearse_file(request: Request, visit: SignedInSession, sent: PostedForm) -> Response:
    """Show the effect of the file on the next contracts, or return all of it as a file."""
    visit.need(REHEARSE)
    context, text, until = context_of(request), await _text_of(sent), typed(sent, "until")
    today = tokyo_day(context.clock())
    body = {"file": text, "until": _day(until, today), "cursor": typed(sent, "cursor") or None, "limit": MOST}
    values: dict[str, Any] = {"text": text, "until": until, "found": None, "problem": None}
    if sent.get("do") == "csv":
        answered = await attempt(_as_file, context, text, body["until"])
        if isinstance(answered, Response):
            return answered
    else:
        answered = await execute_form(request, visit, REHEARSE, RehearsalBody, body)
    if isinstance(answered, DomainError):
        values["problem"] = answered.as_problem("/v1/terms/rehearse")
        return page(request, visit, "rehearsal.html", status=answered.status, **values)
    values |= {"found": answered.content, "shown": answered.content["items"][:SHOWN]}
    return page(request, visit, "rehearsal.html", **values)


@router.get("/terms/announcement")
def announcement_form(request: Request, visit: SignedInSession) -> Response:
    """Show the form for the day and the way of an announcement."""
    visit.need(ANNOUNCE)
    return _announcement(request, visit, dict.fromkeys(ANNOUNCED, ""))


@router.post("/terms/announcement")
async def announce(request: Request, visit: SignedInSession, sent: PostedForm) -> Response:
    """Record it, and go to the version."""
    visit.need(ANNOUNCE)
    said = {name: typed(sent, name) for name in ANNOUNCED}
    today = tokyo_day(context_of(request).clock())
    body: dict[str, Any] = said | {name: _day(said[name], today) for name in ("version", "announced_on")}
    answered = await execute_form(request, visit, ANNOUNCE, AnnouncementBody, body)
    if isinstance(answered, DomainError):
        return _announcement(request, visit, said, answered)
    return see(f"/terms?on={said['version']}")


def _announcement(
    request: Request, visit: PageSession, typed: dict[str, str], error: DomainError | None = None
) -> Response:
    return page(
        request, visit, "announcement.html", status=error.status if error else 200, typed=typed,
        versions=[terms.version for terms in EDITIONS][::-1],
        problem=error.as_problem("/v1/terms/announce") if error else None,
    )  # fmt: skip


async def execute_form(
    request: Request, visit: PageSession, operation: str, model: type[BaseModel], body: dict[str, Any],
    *, dry_run: bool = False,
) -> Outcome | DomainError:  # fmt: skip
    """Execute the command of a form."""
    try:
        made = model.model_validate({name: value for name, value in body.items() if value is not None})
    except ValidationError as error:
        return malformed_of(error.errors())
    path = f"/v1/terms/{operation.partition('-')[2]}"
    command = Command(operation=operation, actor=visit.principal.name, path=path, body=made, dry_run=dry_run)
    return await attempt(execute, context_of(request), command)


def _as_file(context: Context, text: str, until: date | None) -> Any:
    """Stream every difference as it is found."""
    if isinstance(until, str):
        raise Malformed([("/until", "is no day")])
    rehearsal = rehearsed(context, text, until)

    def rows(conn: Connection, now: datetime) -> Iterator[Sequence[Cell]]:
        yield COLUMNS
        for _, found in rehearse(conn, rehearsal):
            if found is not None:
                yield from table_rows(found)

    return sheet("rehearsal", "csv", rows, context)


async def _text_of(sent: FormData) -> str:
    """Return the uploaded file, or the typed text."""
    file = sent.get("file")
    if isinstance(file, UploadFile) and file.filename:
        return (await file.read(4 * LONGEST)).decode("utf-8", "replace").replace("\r\n", "\n")
    return str(sent.get("text") or "")[: LONGEST + 1].replace("\r\n", "\n")


def typed(sent: FormData, name: str) -> str:
    """Return the typed value of a field."""
    return str(sent.get(name) or "").strip()[:2000]


def _day(text: str, today: date) -> date | str | None:
    """Return the typed day; an invalid one unchanged, so that it is refused."""
    try:
        return parse_date(text[:40], today).day if text else None
    except UnreadableDate:
        return text
