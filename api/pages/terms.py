"""The terms: articles, values, versions, readings."""

from datetime import date

from fastapi import Request
from fastapi.responses import Response

from api.pages.chosen_service import services_to_choose
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import SignedInSession
from api.request.context import context_of
from lifecycle.history.editions_known import announcements
from lifecycle.queries.questions import terms_in_force
from lifecycle.records.engine import reading
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.date_parsing import UnreadableDate, parse_date
from lifecycle.terms.editions import EDITIONS, SERVICES

router = pages()


@router.get("/terms")
def terms_page(request: Request, visit: SignedInSession) -> Response:
    """Show the version of a service in force on a day, by default today. Unknown parameters are ignored."""
    visit.need("terms-terms")
    today = tokyo_day(context_of(request).clock())
    on, wrong = _day(request.query_params.get("on", ""), today)
    editions = SERVICES.get(request.query_params.get("service", ""), EDITIONS)
    versions = [edition.in_force_from for edition in editions]
    with reading(context_of(request).engine) as conn:
        recorded = announcements(conn, editions.service)
    terms = terms_in_force(max(on, min(versions)), editions, recorded)
    return page(
        request, visit, "terms.html", terms=terms, on=on, versions=versions,
        typed=request.query_params.get("on", "")[:40], wrong=wrong,
        services=services_to_choose(visit),
    )  # fmt: skip


def _day(typed: str, today: date) -> tuple[date, str | None]:
    if not typed.strip():
        return today, None
    try:
        return parse_date(typed[:40], today).day, None
    except UnreadableDate as error:
        return today, error.key
