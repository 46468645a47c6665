"""The auditor's other records: who looked at personal data, and what people did with the service itself."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection, select

from api.messages.catalogue import translator
from api.pages.chosen_service import Linking, chosen_service, services_to_choose
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import PageSession, SignedInSession
from api.request.context import Exporting, context_of
from api.routes.files import FileFormat, sheet
from lifecycle.history.operations_log import RESUME, TRIP, latest
from lifecycle.people.reads import FoundRead, ReadsAsked, find_reads
from lifecycle.queries.named_subject import id_named
from lifecycle.queries.operations import operations, references_of
from lifecycle.records import tables
from lifecycle.records.engine import reading
from lifecycle.sheets.writing import Cell
from lifecycle.terms.calendar import Month, end_of, instant, start_of, tokyo_day
from lifecycle.terms.date_parsing import UnreadableDate, parse_date
from lifecycle.timers.parked import parked_timers

router = pages()
AT_ONCE, NAMED = 100, 6  # rows that are read together, and contracts of a row
MOST = 100_000  # rows of a file
READ_COLUMNS = ("recorded_at", "actor", "operation", "number", "reference", "id", "export")
LOG_COLUMNS = ("recorded_at", "operation", "actor", "approver", "reason", "id")


@dataclass(frozen=True, slots=True)
class ReadsFilter:
    """The filter of reads. typed: the fields; wrong: their errors."""

    asked: ReadsAsked
    typed: dict[str, str]
    wrong: dict[str, str]


@router.get("/audit/reads")
def reads_page(request: Request, visit: SignedInSession) -> Response:
    """Show who looked at whose data, newest first, by default this month."""
    visit.need("audit-reads")
    context = context_of(request)
    with reading(context.engine) as conn:
        wanted = _wanted(conn, request, visit, tokyo_day(context.wall()))
        found = [] if wanted.wrong else list(islice(_reads(conn, wanted.asked), visit.own.rows + 1))
        references = _references(conn, found)
    return page(
        request, visit, "reads.html", status=422 if wanted.wrong else 200, wanted=wanted,
        found=found[: visit.own.rows], more=len(found) > visit.own.rows, references=references, named=NAMED,
        services=services_to_choose(visit), service=wanted.asked.service,
        link=Linking("/audit/reads", wanted.typed),
    )  # fmt: skip


@router.get("/audit/reads.{form}")
def reads_file(request: Request, visit: SignedInSession, place: Exporting, form: FileFormat) -> Response:
    """All of them as a file, a row for each contract."""
    visit.need("audit-reads")
    context = context_of(request)

    def rows(conn: Connection, now: datetime) -> Iterator[Sequence[Cell]]:
        yield READ_COLUMNS
        wanted = _wanted(conn, request, visit, tokyo_day(context.wall()))
        found = islice(_reads(conn, wanted.asked), MOST)
        while some := list(islice(found, AT_ONCE)):
            references = _references(conn, some)
            for row in some:
                asked = row.asked and " ".join(f"{name}={text}" for name, text in row.asked.items())
                own = (instant(row.at), row.actor, row.operation, row.number)
                for id_ in row.contract_ids.split() or [""]:
                    yield [*own, references.get(id_, id_), id_, asked or ""]

    return sheet("reads", form, rows, context, visit.language)


@router.get("/audit/log")
def log_page(request: Request, visit: SignedInSession) -> Response:
    """Show the operations log and the decisions on proposals; first what is held or parked now."""
    visit.need("audit-actions")
    most = visit.own.rows
    with reading(context_of(request).engine) as conn:
        found = operations(conn, most + 1)
        parked = parked_timers(conn, most)
        held = latest(conn, TRIP, RESUME)
        about = [*(one.subject_id for one in parked), *(one.subject_id for one in found if one.subject_id)]
        whose = references_of(conn, about)
    return page(
        request, visit, "logbook.html", found=found[:most], more=len(found) > most, parked=parked, whose=whose,
        held=held[0] if held and held[0].event == TRIP else None,
    )  # fmt: skip


@router.get("/audit/log.{form}")
def log_file(request: Request, visit: SignedInSession, place: Exporting, form: FileFormat) -> Response:
    """All of it as a file."""
    visit.need("audit-actions")
    say: Callable[..., str] = translator(visit.language)

    def rows(conn: Connection, now: datetime) -> Iterator[Sequence[Cell]]:
        yield LOG_COLUMNS
        for one in operations(conn, MOST):
            what = one.event if form == "csv" else say(f"logbook.{one.event}")
            yield [instant(one.at), what, one.actor, one.approver, one.reason, one.subject_id]

    return sheet("logbook", form, rows, context_of(request), visit.language)


def _reads(conn: Connection, asked: ReadsAsked) -> Iterator[FoundRead]:
    """Return the reads of the requested contracts."""
    return (one for one in find_reads(conn, asked) if one.names_anybody)


def _references(conn: Connection, rows: Sequence[FoundRead]) -> dict[str, str]:
    ids = {id_ for row in rows for id_ in row.contract_ids.split()[:NAMED]}
    table = tables.contract.c
    return {
        row.id: row.reference for row in conn.execute(select(table.id, table.reference).where(table.id.in_(ids)))
    }


def _wanted(conn: Connection, request: Request, visit: PageSession, today: date) -> ReadsFilter:
    query = request.query_params
    typed = {
        name: text
        for name in ("of", "person", "since", "until")
        if (text := query.get(name, "").replace("\0", "").strip()[:200])
    }
    month = Month.of(today)
    days, wrong = {"since": month.first, "until": month.last}, {}
    for name in days:
        try:
            if name in typed:
                days[name] = parse_date(typed[name], today).day
        except UnreadableDate as error:
            wrong[name] = translator(visit.language)(f"day.day_{error.key}")
    contract = id_named(conn, typed["of"], "contract") or typed["of"] if "of" in typed else None
    service = chosen_service(request, visit)
    if service is not None:
        typed["service"] = service
    asked = ReadsAsked(contract, typed.get("person"), start_of(days["since"]), end_of(days["until"]), service)
    return ReadsFilter(asked, typed, wrong)
