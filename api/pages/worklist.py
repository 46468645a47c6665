"""The first page: what waits, what happens next, what failed."""

from datetime import datetime, timedelta

from fastapi import Request
from fastapi.responses import Response

from api.pages.chosen_service import Linking, chosen_service, services_to_choose
from api.pages.form_table import BY_NAME
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import SignedInSession
from api.pages.waiting_rows import waiting_rows
from api.request.context import Exporting, context_of
from api.routes.files import FileFormat, due_rows, sheet
from lifecycle.queries import worklist as desk
from lifecycle.queries.operations import references_of
from lifecycle.records.engine import reading
from lifecycle.records.finding import names_of
from lifecycle.terms.calendar import end_of, tokyo_day

router = pages()
PILE, COMING = 12, 30


@router.get("/due.{form}")
def due_file(request: Request, visit: SignedInSession, place: Exporting, form: FileFormat) -> Response:
    """Return what the clock will do as a file, for the same days as the page."""
    visit.need("files-list_due")
    context = context_of(request)
    until, language = _until(request, context.clock())[1], visit.language
    for_people = form == "xlsx"
    sees = visit.principal.sees_personal_data
    service = chosen_service(request, visit)
    rows = due_rows(until, language if for_people else "en", service, names=for_people and sees)
    return sheet("due", form, rows, context, language)


@router.get("/")
def worklist(request: Request, visit: SignedInSession) -> Response:
    """Show what waits for a person, what the clock will do within 7 or 31 days, what failed."""
    visit.need("waiting-list_waiting")
    context = context_of(request)
    now = context.clock()
    days, until = _until(request, now)
    service = chosen_service(request, visit)
    with reading(context.engine) as conn:
        waits = waiting_rows(context, conn, visit, now, PILE, service=service)
        coming = desk.coming(conn, now, until, COMING, service)
        shown = {*waits.contracts, *(one["contract_id"] for one in coming)}
        names = names_of(conn, sorted(shown)) if visit.principal.sees_personal_data else {}
        parts = [one["contract_id"] for one in coming if not one["reference"]]
        references = dict(references_of(conn, parts).values())
        wrong = desk.wrong(conn, now, PILE) if visit.principal.services is None else desk.NOTHING_WRONG
        whose = references_of(conn, [one.subject_id for one in wrong.parked])
        counts = desk.queue_counts(conn, until, service)
    return page(
        request, visit, "worklist.html", now=now, days=days, waits=waits, names=names, wrong=wrong, whose=whose,
        references=references, service=service, services=services_to_choose(visit),
        link=Linking("/", {"days": "31" if days == 31 else None, "service": service}),
        waiting=Linking("/waiting", {"service": service}),
        coming=list(desk.days_of(coming)), counts=counts, cut=len(coming) == COMING,
        done=BY_NAME.get(request.query_params.get("done", "")),
    )  # fmt: skip


def _until(request: Request, now: datetime) -> tuple[int, datetime]:
    """Return how many days to look ahead, including today, and when the last of them ends."""
    days = 31 if request.query_params.get("days") == "31" else 7
    return days, end_of(tokyo_day(now) + timedelta(days=days - 1))
