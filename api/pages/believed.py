"""A contract as it was on record on one day, compared with the record of another day."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.messages.catalogue import translator
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import PageSession, SignedInSession
from api.request.context import Exporting, context_of
from api.routes.files import FileFormat, sheet
from lifecycle.errors import Unknown
from lifecycle.queries.as_known import as_known
from lifecycle.queries.named_subject import id_named
from lifecycle.queries.views.audit import Believed
from lifecycle.records.engine import reading
from lifecycle.sheets.writing import Cell
from lifecycle.terms.calendar import end_of, tokyo_day
from lifecycle.terms.date_parsing import UnreadableDate, parse_date

router = pages()
COLUMNS = ("reference", "field", "then", "otherwise")
DAYS = ("known_on", "against_on", "about_on")
FACTS = (
    "state", "item", "received_on", "accepted_on", "billing_starts_on", "minimum_term_ends_on", "terminated_on",
)  # fmt: skip


@router.get("/audit/believed")
def believed_page(request: Request, visit: SignedInSession) -> Response:
    """Show what was on record by the end of one day about the end of another, and what differs from a later
    record.
    """
    visit.need("audit-believed")
    context = context_of(request)
    now = context.clock()
    typed = _typed(request)
    days, wrong = _days(visit, typed, tokyo_day(now))
    found, missing = None, False
    if typed["of"] and "known_on" in days and not wrong:
        with reading(context.engine) as conn:
            found = _believed(conn, typed["of"], days, now)
        missing = found is None
    return page(
        request, visit, "believed.html", status=422 if wrong else 200, now=now, typed=typed, wrong=wrong,
        days=days, names=DAYS, facts=FACTS, found=found, missing=missing,
    )  # fmt: skip


@router.get("/audit/believed.{form}")
def believed_file(request: Request, visit: SignedInSession, place: Exporting, form: FileFormat) -> Response:
    """Return the differences of the two records as a file."""
    visit.need("audit-believed")
    typed = _typed(request)

    def rows(conn: Connection, now: datetime) -> Iterator[Sequence[Cell]]:
        yield COLUMNS
        days, wrong = _days(visit, typed, tokyo_day(now))
        found = _believed(conn, typed["of"], days, now) if "known_on" in days and not wrong else None
        for one in (found.get("differences") if found else None) or ():
            yield typed["of"], one["field"], _cell(one["believed"]), _cell(one["against"])

    return sheet("believed", form, rows, context_of(request), visit.language)


def _cell(value: Any) -> Cell:
    return value if value is None or isinstance(value, int | str) else orjson.dumps(value).decode()


def _typed(request: Request) -> dict[str, str]:
    query = request.query_params
    return {name: query.get(name, "").replace("\0", "").strip()[:100] for name in ("of", *DAYS)}


def _believed(conn: Connection, text: str, days: dict[str, date], now: datetime) -> Believed | None:
    contract_id = id_named(conn, text, "contract")
    if contract_id is None:
        return None
    known, against = (min(_last_moment(days[name]), now) for name in ("known_on", "against_on"))
    try:
        return as_known(conn, contract_id, known, _last_moment(days["about_on"]), against)
    except Unknown:
        return None


def _last_moment(day: date) -> datetime:
    return end_of(day) - timedelta(seconds=1)


def _days(visit: PageSession, typed: dict[str, str], today: date) -> tuple[dict[str, date], dict[str, str]]:
    """Return the days; by default the comparison is with today's record, about the day of knowledge."""
    days: dict[str, date] = {}
    wrong: dict[str, str] = {}
    for name in DAYS:
        try:
            if typed[name]:
                days[name] = parse_date(typed[name], today).day
        except UnreadableDate as error:
            wrong[name] = translator(visit.language)(f"day.day_{error.key}")
    if "known_on" in days:
        days = {"against_on": today, "about_on": days["known_on"], **days}
    return days, wrong
