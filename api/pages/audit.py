"""The auditor's pages: who entered and approved what and how late, and why a contract ended on its day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.messages.catalogue import translator
from api.pages.chosen_service import Linking, chosen_service, services_to_choose
from api.pages.fields import filled
from api.pages.form_table import MONTH
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import PageSession, SignedInSession
from api.pages.why_rows import WHY_COLUMNS, why_rows
from api.request.context import Exporting, context_of
from api.routes.files import FileFormat, sheet
from lifecycle.queries.audit_trail import Span
from lifecycle.queries.named_subject import id_named
from lifecycle.queries.people_entries import PeopleEntry, people_entries
from lifecycle.queries.views.audit import Why
from lifecycle.queries.why import why
from lifecycle.queries.why_values import ValueReasons, standing_rows, why_days, why_month
from lifecycle.records.engine import reading
from lifecycle.records.mapping import Unknown, load, owner_of
from lifecycle.sheets.writing import Cell
from lifecycle.terms.calendar import Month, end_of, instant, start_of, tokyo_day
from lifecycle.terms.date_parsing import UnreadableDate, parse_date

router = pages()
COLUMNS = (
    "recorded_at",
    "actor",
    "approver",
    "event",
    "kind",
    "reference",
    "effective_at",
    "late_days",
    "reason",
    "id",
)


@dataclass(frozen=True, slots=True)
class EntriesAsked:
    """The filter of entries. typed: the fields; wrong: their errors."""

    span: Span
    person: str | None
    late_days: int
    typed: dict[str, str]
    wrong: dict[str, str]

    def query(self, **more: str) -> str:
        """Return the query of the address."""
        return urlencode({**self.typed, **more})


@router.get("/audit")
def entries_page(request: Request, visit: SignedInSession) -> Response:
    """Show what people entered in a span of days, by default this month."""
    visit.need("audit-actions")
    context = context_of(request)
    now = context.clock()
    asked = _asked(request, visit, tokyo_day(now))
    found: list[PeopleEntry] = []
    if not asked.wrong:
        with reading(context.engine) as conn:
            found = list(islice(_entries(conn, asked), visit.own.rows + 1))
    following = found[visit.own.rows - 1].id if len(found) > visit.own.rows else None
    return page(
        request, visit, "audit.html", status=422 if asked.wrong else 200, now=now, asked=asked,
        found=found[:visit.own.rows], following=following, services=services_to_choose(visit),
        service=asked.span.service, link=Linking("/audit", asked.typed),
    )  # fmt: skip


@router.get("/audit.{form}")
def entries_file(request: Request, visit: SignedInSession, place: Exporting, form: FileFormat) -> Response:
    """Return all of the same as a file."""
    visit.need("audit-actions")
    context = context_of(request)
    asked = _asked(request, visit, tokyo_day(context.clock()))

    def rows(conn: Connection, now: datetime) -> Iterator[Sequence[Cell]]:
        yield COLUMNS
        for one in _entries(conn, replace(asked, span=replace(asked.span, after=None))):
            values = one._asdict()
            yield [_cell(values[name]) for name in COLUMNS]

    return sheet("entries", form, rows, context, visit.language)


@router.get("/audit/why")
def why_page(request: Request, visit: SignedInSession) -> Response:
    """Show why a contract ended on its day, or will, and the reasons of its other days and a month's amounts."""
    visit.need("audit-why")
    context = context_of(request)
    text = request.query_params.get("of", "").replace("\0", "").strip()[:100]
    month, wrong = _month(request, tokyo_day(context.clock()))
    with reading(context.engine) as conn:
        found = _why(conn, text)
        values = _values(conn, found["subject_id"], month) if found else ((), ())
    return page(
        request, visit, "why.html", status=422 if wrong else 200, text=text, found=found, days=values[0],
        lines=values[1], month=month, typed_month=request.query_params.get("month", "")[:40], wrong=wrong,
    )  # fmt: skip


@router.get("/audit/why.{form}")
def why_file(request: Request, visit: SignedInSession, place: Exporting, form: FileFormat) -> Response:
    """Return the content of the page as a file: a row for each reason of the end, other days and amounts."""
    visit.need("audit-why")
    text = request.query_params.get("of", "").replace("\0", "").strip()[:100]

    def rows(conn: Connection, now: datetime) -> Iterator[Sequence[Cell]]:
        yield WHY_COLUMNS
        if (found := _why(conn, text)) is not None:
            values = _values(conn, found["subject_id"], _month(request, tokyo_day(now))[0])
            yield from why_rows(found, values, form, visit.language)

    return sheet("why", form, rows, context_of(request), visit.language)


def _why(conn: Connection, text: str) -> Why | None:
    if (id_ := id_named(conn, text, "contract", "option")) is None:
        return None
    try:
        return why(conn, load(conn, owner_of(conn, id_)), id_)
    except (Unknown, KeyError):
        return None


def _month(request: Request, today: date) -> tuple[Month | None, str | None]:
    """Return the month of the amounts, and the key of its error."""
    typed = filled((MONTH,), {"month": request.query_params.get("month", "").replace("\0", "")[:40]}, today)
    return Month.parse(typed.body["month"]) if "month" in typed.body else None, typed.wrong.get("month")


def _values(
    conn: Connection, subject_id: str, month: Month | None
) -> tuple[Sequence[ValueReasons], Sequence[ValueReasons]]:
    """Return the other days of a contract, and a month's lines. An option has none: its contract has them."""
    dossier = load(conn, owner_of(conn, subject_id))
    if dossier.contract.id != subject_id:
        return (), ()
    rows = standing_rows(conn, subject_id)
    return why_days(dossier.contract, rows), why_month(conn, dossier, month, rows) if month else ()


def _entries(conn: Connection, asked: EntriesAsked) -> Iterator[PeopleEntry]:
    return people_entries(conn, asked.span, person=asked.person, late_days=asked.late_days)


def _cell(value: Any) -> Cell:
    return instant(value) if isinstance(value, datetime) else value


def _asked(request: Request, visit: PageSession, today: date) -> EntriesAsked:
    query = request.query_params
    month = Month.of(today)
    days = {"since": month.first, "until": month.last}
    typed = {
        name: query.get(name, "").replace("\0", "")[:200] for name in ("since", "until", "person", "late_days")
    }
    wrong = {}
    for name in days:
        try:
            if typed[name]:
                days[name] = parse_date(typed[name], today).day
        except UnreadableDate as error:
            wrong[name] = translator(visit.language)(f"day.day_{error.key}")
    late = typed["late_days"]
    number = int(late) if late.isascii() and late.isdigit() and len(late) < 6 else 0
    after = query.get("after", "")
    row = after if after[:1].isalpha() and len(after) < 60 and "\0" not in after else None
    service = chosen_service(request, visit)
    span = Span(start_of(days["since"]), end_of(days["until"]), row, service)
    kept = {name: text for name, text in {**typed, "service": service}.items() if text}
    return EntriesAsked(span, typed["person"] or None, number, kept, wrong)
