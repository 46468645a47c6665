"""The sealed history as files for auditors: one contract's proof, and exports, as JSON Lines for the verifier.

Rows contain commitments to personal data, never the data itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Annotated, Any, TypeVar

from fastapi import Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BeforeValidator
from sqlalchemy import Connection, Engine
from starlette.concurrency import run_in_threadpool

from api.access.auth import Caller
from api.access.contract_query import AskedService
from api.access.roles import Principal
from api.problems import Problem
from api.request.context import Context, Exporting, context_of
from api.request.query import ContractId, known_form
from api.routes.audit_questions import SinceQuery, UntilQuery
from api.routes.files import sheet
from api.routes.routing import operations
from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.export import STREAMED, ExportFilter, Piece, prove, whole, whole_header
from lifecycle.audit.log import log_end
from lifecycle.audit.sent import sent_rows
from lifecycle.errors import Malformed
from lifecycle.machines.dossier import State
from lifecycle.machines.events.record_usage import month_named
from lifecycle.machines.field_types import SearchTerm
from lifecycle.people.reads import Read
from lifecycle.records.engine import reading
from lifecycle.records.keeping import refuse_archived
from lifecycle.records.mapping import load
from lifecycle.sheets.writing import CSV, Cell
from lifecycle.terms.calendar import Month

router = operations("/v1", "files")
TYPE = "application/jsonl"
Taken = TypeVar("Taken")
_FILE = {"schema": {"type": "string", "format": "binary"}}
LINES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Lines for the verifier.", "content": {TYPE: _FILE}}
}
SENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "Issued statements, settlements and months billed elsewhere.", "content": {CSV: _FILE}}
}
OneMonth = Annotated[
    Annotated[str, BeforeValidator(month_named)] | None,
    Query(description="Only rows about this month.", examples=["2022-05"]),
]
SizeQuery = Annotated[
    int | None,
    Query(ge=1, le=2**53, description="Prove up to the checkpoint of this size; by default the newest."),
]
Last = Annotated[
    int | None,
    Query(ge=0, le=2**53, description="The index of the last complete row; only the lines after it are sent."),
]
OneContract = Annotated[
    Annotated[str, known_form("contract")] | None, Query(description="Only rows of this contract and its parts.")
]
EventQuery = Annotated[str | None, Query(pattern=r"^[a-z_]{1,30}$", examples=["terminate"])]
InState = Annotated[State | None, Query(description="Only contracts that are now in this state.")]
OfCustomer = Annotated[SearchTerm | None, Query(description="Only contracts of the customer with this number.")]
OneActor = Annotated[SearchTerm | None, Query(description="The name, exactly as recorded.")]


@router.get("/contracts/{contract_id}/proof", responses=LINES, response_class=Response)
async def proof(
    request: Request, caller: Caller, place: Exporting, contract_id: ContractId, size: SizeQuery = None
) -> Response:
    """Returns the sealed rows of a contract and its parts, each with its proof; it shows no other contract."""
    context, wanted = context_of(request), ExportFilter(contract=contract_id)

    def pieces() -> Iterator[Piece]:
        with reading(context.engine) as conn:
            load(conn, contract_id)
            refuse_archived(conn, contract_id)
        return _proved(context.engine, wanted, size)

    taken = _on_record(context, caller, "files-proof", wanted.said(), await run_in_threadpool(pieces))
    return _file(taken, f"{contract_id}-proof")


@router.get("/audit/export", responses=LINES, response_class=Response)
async def export_history(
    request: Request, caller: Caller, place: Exporting, contract: OneContract = None, event: EventQuery = None,
    actor: OneActor = None, since: SinceQuery = None, until: UntilQuery = None, service: AskedService = None,
    size: SizeQuery = None, after: Last = None, state: InState = None, customer: OfCustomer = None,
) -> Response:  # fmt: skip
    """Exports the whole history with all states, or the sealed rows that a filter lets through.

    With filtered rows come the editions of the terms that they name, and proofs that the log up to `size` contains
    them all. The export is streamed. To continue an interrupted export, use `after`; for filtered rows, also the
    `size` in the first line.
    """
    context = context_of(request)
    engine = context.export_engine()
    wanted = ExportFilter(contract, event, actor, since, until, service, state=state, customer=customer)
    if customer is not None and not caller.sees_personal_data:
        raise Problem(
            403, "forbidden", "Your role does not allow this", "It takes the right to see personal data."
        )
    if wanted != ExportFilter():
        if after is not None and size is None:
            raise Malformed([("/query/size", "goes with `after`: that of the checkpoint in the first line")])
        name, pieces = "rows", await run_in_threadpool(_proved, engine, wanted, size, after)
    elif after is None:
        header = await run_in_threadpool(whole_header, engine)
        name, pieces = "history", chain([(0, header)], whole(engine, 0, STREAMED))
    else:
        await run_in_threadpool(_must_be_logged, engine, after)
        name, pieces = "history", whole(engine, after + 1, STREAMED)
    return _file(_on_record(context, caller, "files-export_history", wanted.said(), pieces), name)


@router.get("/audit/sent", responses=SENT, response_class=Response)
async def export_sent(
    request: Request, caller: Caller, place: Exporting, month: OneMonth = None, service: AskedService = None
) -> Response:
    """Exports what was sent to customers, as CSV: issued statements with the hashed bytes, and settlements."""
    wanted = Month.parse(month) if month is not None else None
    name, context = f"sent-{month}" if month is not None else "sent", context_of(request)
    asked = {name: value for name, value in (("month", month), ("service", service)) if value is not None}

    def rows(conn: Connection, now: datetime) -> Iterator[Sequence[Cell]]:
        found = sent_rows(conn, wanted, service)
        yield next(found)
        yield from _on_record(context, caller, "files-export_sent", asked, ((1, row) for row in found))

    return sheet(name, "csv", rows, context)


def _on_record(
    context: Context,
    caller: Principal,
    operation: str,
    asked: Mapping[str, str],
    pieces: Iterable[tuple[int, Taken]],
) -> Iterator[Taken]:
    """What is exported, part by part; at the end, also an early one, who took how many rows is on record."""
    rows = 0
    try:
        for number, part in pieces:
            rows += number
            yield part
    finally:
        ids = [asked["contract"]] if "contract" in asked else []
        context.reads.add(Read(context.wall(), caller.name, operation, ids, asked, rows))


def _proved(engine: Engine, wanted: ExportFilter, size: int | None, after: int | None = None) -> Iterator[Piece]:
    """The lines in parts. The first is looked for at once. Raises Problem."""
    found = prove(engine, wanted, size, -1 if after is None else after)
    try:
        first = next(found)
    except Unreadable as error:
        raise Problem(409, "not-sealed", "Not sealed", f"{error}.") from None
    return chain([first], found)


def _must_be_logged(engine: Engine, index: int) -> None:
    with reading(engine) as conn:
        newest = log_end(conn)
    if index > newest:
        raise Malformed([("/query/after", f"the log ends with the index {newest}")])


def _file(parts: Iterator[bytes], name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.jsonl"', "Cache-Control": "no-store"}
    return StreamingResponse(parts, headers=headers, media_type=TYPE)
