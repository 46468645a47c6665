"""/v1/statements, a contract's statements and refunds: months issued, money that waits for a person (R25, R40)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.commands import respond
from api.request.answers import page_of, read_only
from api.request.context import context_of
from api.request.query import (
    AnyLimit,
    CommandHeaders,
    ContractId,
    CreationHeaders,
    Cursor,
    Limit,
    Place,
    known_form,
)
from api.routes.files import FileRows, LangQuery, sheet
from api.routes.money import MonthPath
from api.routes.routing import operations
from api.schemas.outputs import money as schemas
from lifecycle.commands.command import Outcome
from lifecycle.commands.issue_month import issue_progress
from lifecycle.commands.statements import SettledBody
from lifecycle.queries.month_statement import refunds_of
from lifecycle.queries.statements import TOTALS, page_of_totals, statements, total_row
from lifecycle.records.mapping import load
from lifecycle.sheets.writing import Cell
from lifecycle.terms.calendar import Month

router = operations("/v1", "money")
RefundId = Annotated[str, Path(examples=["r_01g1793000mdgr1ppmy0ffgaq3"]), known_form("refund")]
Form = Annotated[
    Literal["json", "csv", "xlsx"],
    Query(alias="format", description="All statements as a file: csv for machines, xlsx for people."),
]


@router.post("/contracts/{contract_id}/statements/{month}/issue", responses=schemas.STATEMENT)
async def issue_statement(
    request: Request, caller: Caller, contract_id: ContractId, month: MonthPath, command: CommandHeaders
) -> Response:
    """Issues the statement of a past month; it never changes. A repetition returns the first answer (R40)."""
    return await respond(request, caller, command, subject_id=contract_id, part=month)


@router.post("/statements/{month}/issue", responses=schemas.ISSUED)
async def issue_statements(
    request: Request, caller: Caller, month: MonthPath, command: CreationHeaders
) -> Response:
    """Issues the statements of a month for all contracts; statements that are already issued do not change (R40).

    If many are left, the answer is 202, and the service issues them in parts. After an interruption,
    the same request continues with the rest.
    """
    return await respond(request, caller, command, part=month)


@router.get("/statements/{month}/issue", responses=schemas.PROGRESS)
async def show_issue(request: Request, caller: Caller, month: MonthPath) -> Response:
    """Returns the progress of issuing the statements of a month."""

    def work(conn: Connection, now: datetime) -> Outcome:
        return Outcome({**issue_progress(conn, Month.parse(month))})

    return await read_only(request, work)


@router.get("/statements/{month}", responses=schemas.TOTALS)
async def list_statements(
    request: Request, caller: Caller, month: MonthPath, limit: Limit = 100, cursor: Cursor = None,
    form: Form = "json", lang: LangQuery = "ja",
) -> Response:  # fmt: skip
    """Lists the total of every contract in a month, and whether its statement is issued."""
    wanted = Month.parse(month)
    if form != "json":
        return sheet(f"statements-{month}", form, total_rows(wanted), context_of(request), lang)

    def work(conn: Connection, now: datetime) -> Outcome:
        found, following = page_of_totals(conn, wanted, limit, cursor or "")
        return Outcome({"items": found, "next": following})

    return await read_only(request, work)


def total_rows(month: Month) -> FileRows:
    """A month's statements in short, as the rows of a file."""

    def rows(conn: Connection, now: datetime) -> Iterator[Sequence[Cell]]:
        yield TOTALS
        yield from map(total_row, statements(conn, month))

    return rows


@router.get("/contracts/{contract_id}/refunds", responses=schemas.REFUNDS)
async def list_refunds(
    request: Request, caller: Caller, contract_id: ContractId, limit: AnyLimit = None, cursor: Place = None
) -> Response:
    """Lists refunds and payments that wait for a person, and those that are settled (R25, R40)."""

    def work(conn: Connection, now: datetime) -> Outcome:
        return page_of(refunds_of(conn, load(conn, contract_id)), limit, cursor)

    return await read_only(request, work)


@router.post("/contracts/{contract_id}/refunds/{refund_id}/settle", responses=schemas.REFUND)
async def settle_refund(
    request: Request, caller: Caller, contract_id: ContractId, refund_id: RefundId, command: CreationHeaders,
    body: SettledBody,
) -> Response:  # fmt: skip
    """Records when and how a refund or a payment was settled; a later change opens a new one."""
    return await respond(request, caller, command, body, subject_id=contract_id, part=refund_id)
