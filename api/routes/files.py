"""Files: papers as PDF; lists as CSV and XLSX."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from tempfile import TemporaryFile
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import Path, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import AfterValidator
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.access.auth import Caller
from api.access.contract_query import AskedContracts, AskedService
from api.access.limits import service_asked
from api.access.roles import Principal
from api.documents.pdf import TYPE, not_drawn_in, pdf
from api.documents.writer import DocumentWriter, name_of_paper
from api.messages.catalogue import Language, translator, written_language
from api.problems import Problem
from api.request.context import Context, Exporting, context_of
from api.request.query import ContractId, ServiceQuery
from api.routes.money import MonthPath
from api.routes.routing import operations
from lifecycle.machines.field_types import Instant
from lifecycle.people.tokens import CALENDAR, holders_of, token_hash
from lifecycle.queries import calendar_feed
from lifecycle.queries.calendar_feed import feed
from lifecycle.queries.forecast import forecast
from lifecycle.queries.views.contracts import contract_view
from lifecycle.queries.views.fields import Answer
from lifecycle.queries.views.forecast import entry_view
from lifecycle.records.contract_filter import ContractFilter
from lifecycle.records.engine import reading
from lifecycle.records.finding import names_of
from lifecycle.records.listing import ids_of_page
from lifecycle.records.mapping import load_many
from lifecycle.records.people import personal_of_many
from lifecycle.sheets.writing import CSV, XLSX, Cell, csv_pieces

router = operations("/v1", "files")
PART = 500
SENT = 65_536  # bytes at a time
PAPERS = (
    "Which paper: `acceptance`, `cancellation` (the customer's notices), `end_by_agreement`, `end_by_company`, "
    "`adjustment-` with the month of an issued statement, `claim-` with a credit's id, `correction-` with the id "
    "of a history row that corrects, annuls or resettles."
)
PaperName = Annotated[str, AfterValidator(name_of_paper), Path(description=PAPERS, examples=["acceptance"])]
FileFormat = Literal["csv", "xlsx"]
FileRows = Callable[[Connection, datetime], Iterator[Sequence[Cell]]]
LangQuery = Annotated[Language, Query(description="The language of the file; CSV has none.")]
CONTRACT = (
    "reference", "id", "state", "item", "customer.name", "customer.email", "administrator.name",
    "administrator.email", "received_on", "accepted_on", "billing_starts_on", "minimum_term_ends_on",
    "cancellation.effective_on", "cancellation.decided_by", "terminated_on", "next.event", "next.due_at",
    "service",
)  # fmt: skip
DUE = ("due_at", "event", "kind", "reference", "id", "contract_id", "from_state", "to_state", "because", "article")
BECAUSE = {"ja": "because_ja", "en": "because"}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
NOT_DRAWN = "X-Lifecycle-Not-Drawn"
MOST = 20  # characters named in the header
PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The document.",
        "content": {TYPE: _BINARY},
        "headers": {
            NOT_DRAWN: {
                "description": "The characters that the font lacks and for which the document has 〓.",
                "schema": {"type": "string", "examples": ["U+1F469 WOMAN"]},
            }
        },
    }
}
ICS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The calendar.", "content": {calendar_feed.TYPE: _BINARY}}
}
SHEETS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The list.", "content": {CSV: _BINARY, XLSX: _BINARY}}
}


@router.get("/contracts/{contract_id}/papers/{paper}.pdf", responses=PDF, response_class=Response)
async def paper(
    request: Request, caller: Caller, contract_id: ContractId,
    paper: PaperName,
    lang: LangQuery = "ja",
) -> Response:  # fmt: skip
    """A paper for the customer about one act: its dates, amounts and reasons, each with its article."""
    return await run_in_threadpool(paper_file, context_of(request), contract_id, paper, lang)


@router.get("/contracts/{contract_id}/statements/{month}.pdf", responses=PDF, response_class=Response)
async def statement(
    request: Request, caller: Caller, contract_id: ContractId, month: MonthPath, lang: LangQuery = "ja"
) -> Response:
    """Returns the statement of a month; each line names its article."""
    return await run_in_threadpool(paper_file, context_of(request), contract_id, f"statement-{month}", lang)


@router.get("/contracts.{form}", responses=SHEETS, response_class=Response)
async def list_contracts(
    request: Request, caller: Caller, place: Exporting, form: Annotated[FileFormat, Path()],
    asked: AskedContracts, lang: LangQuery = "ja",
) -> Response:  # fmt: skip
    """Returns contracts as a file, with the filters of the list; customer data only for roles that may see it."""
    return sheet("contracts", form, contract_rows(asked.wanted, asked.sort), context_of(request), lang)


@router.get("/due.{form}", responses=SHEETS, response_class=Response)
async def list_due(
    request: Request, caller: Caller, place: Exporting, form: Annotated[FileFormat, Path()],
    until: Annotated[Instant, Query()], service: AskedService = None, lang: LangQuery = "ja",
) -> Response:  # fmt: skip
    """Returns the coming timed transitions as a file, in the order of firing."""
    for_people = form == "xlsx"
    names = for_people and caller.sees_personal_data
    rows = due_rows(until, lang if for_people else "en", service, names=names)
    return sheet("due", form, rows, context_of(request), lang)


@router.get("/calendar.ics", responses=ICS, response_class=Response)
async def calendar(
    request: Request,
    token: Annotated[str, Query(max_length=200, description="A token that has only the grant `calendar`.")] = "",
    service: ServiceQuery = None,
) -> Response:
    """Returns coming ends and last days for a notice as a calendar. It contains no names."""
    context, pages = context_of(request), str(request.base_url).rstrip("/")

    def work() -> bytes:
        now = context.clock()
        with reading(context.engine) as conn:
            hashed = token_hash(token)
            holder = holders_of(conn, {hashed}, context.wall()).get(hashed)
            caller = Principal.of(holder.name, holder.grants) if holder is not None else None
            if caller is None or caller.grants != {CALENDAR}:
                raise Problem(
                    401, "unauthorized", "A valid token is required", "The address contains no calendar token."
                )
            return feed(conn, now, pages, service_asked(caller, service))

    headers = {"Cache-Control": "no-store"}
    return Response(await run_in_threadpool(work), headers=headers, media_type=calendar_feed.TYPE)


def writer_of(
    context: Context, conn: Connection, contract_id: str, now: datetime, language: Language
) -> DocumentWriter:
    """Who writes a contract's papers in this service. Raises Unknown."""
    return DocumentWriter(conn, contract_id, now, language, context.issuer, sandbox=context.sandbox)


def paper_file(context: Context, contract_id: str, name: str, language: Language) -> Response:
    """A paper as a PDF file. Raises Problem, Unknown."""
    now = context.clock()
    with reading(context.engine) as conn:
        written = writer_of(context, conn, contract_id, now, language).paper(name)
    file = f"{written.name}.pdf"
    plain, full = re.sub(r"[^\w.-]+", "_", file, flags=re.ASCII), quote(file.replace("/", "_"), safe="")
    disposition = f"inline; filename=\"{plain}\"; filename*=UTF-8''{full}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    if lacking := not_drawn_in(written):
        headers[NOT_DRAWN] = ", ".join(lacking[:MOST])
    return Response(pdf(written), headers=headers, media_type=TYPE)


def sheet(name: str, form: FileFormat, rows: FileRows, context: Context, language: Language = "ja") -> Response:
    """A list as a file: all of one moment, a part in memory at a time; no transaction waits for who takes it.

    As CSV for machines: names and values as the interface has them. As XLSX for people, in their language.
    """
    now, language = context.clock(), written_language(language)

    def pieces() -> Iterator[bytes]:
        with TemporaryFile() as file:
            with reading(context.export_engine()) as conn:
                file.writelines(_written(name, form, rows(conn, now), language))
            file.seek(0)
            while piece := file.read(SENT):
                yield piece

    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "no-store"}
    return StreamingResponse(pieces(), headers=headers, media_type=CSV if form == "csv" else XLSX)


def _written(name: str, form: FileFormat, rows: Iterator[Sequence[Cell]], language: Language) -> Iterator[bytes]:
    if form == "csv":
        return csv_pieces(rows)
    from api.documents.lists import list_columns, list_rows
    from lifecycle.sheets.lists import list_pieces  # takes a while to load

    names = [str(one) for one in next(rows)]
    title = translator(language)(f"list.{name.partition('-')[0]}")
    return list_pieces(title, list_columns(names, language), list_rows(names, rows, language))


def contract_rows(wanted: ContractFilter, sort: str | None = None) -> FileRows:
    """The rows of a list of contracts. sort: as for `ids_of_page`."""

    def rows(conn: Connection, now: datetime) -> Iterator[Sequence[Cell]]:
        yield CONTRACT
        following: str | None = None
        while True:
            ids, following = ids_of_page(conn, wanted, sort, PART, following)
            dossiers = load_many(conn, ids)
            people = personal_of_many(conn, ids) if wanted.people else {}
            for id_ in ids:
                view = contract_view(dossiers[id_], people.get(id_), now)
                yield [_at(view, name) for name in CONTRACT]
            if following is None:
                return

    return rows


def due_rows(until: datetime, language: Language, service: str | None = None, *, names: bool = False) -> FileRows:
    """The rows of a list of the transitions to come until then, of one service or all. language: of reasons.

    names: whether the customers' are among them, for people who read the list.
    """
    columns = (*DUE[:4], "customer.name", *DUE[4:]) if names else DUE
    because = BECAUSE[written_language(language)]

    def rows(conn: Connection, now: datetime) -> Iterator[Sequence[Cell]]:
        yield columns
        entries = map(entry_view, forecast(conn, now, until, service=service))
        while part := list(islice(entries, PART)):
            called = names_of(conn, [view["contract_id"] for view in part]) if names else {}
            for view in part:
                first: Answer = {**view["rulings"][0]} if view["rulings"] else {}
                name = called.get(view["contract_id"])
                why = {"because": first.get(because), "article": first.get("article")}
                said: Answer = {**view, **why, "customer.name": name}
                yield [said.get(column) for column in columns]

    return rows


def _at(view: Answer, name: str) -> Cell:
    found: Any = view
    for part in name.split("."):
        found = (found or {}).get(part)
    return found if isinstance(found, str | int | None) else str(found)
