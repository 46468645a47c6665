"""/v1/statements, a contract's statements and refunds: months issued, money that waits for a person (R25, R40)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Annotated, Literal

from fastapi import Path, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator, Field
from sqlalchemy import Connection

from api.access.auth import Caller
from api.access.contract_query import AskedService
from api.commands import page_of, read_only, respond
from api.problems import Problem
from api.request.context import context_of
from api.request.query import (
    NEXT,
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
from lifecycle.machines.events.record_usage import month_named
from lifecycle.machines.field_types import Day, SearchTerm
from lifecycle.queries.as_of import customers_at
from lifecycle.queries.issued_search import IssuedFilter, place_of_issued
from lifecycle.queries.issued_search import find_issued as search
from lifecycle.queries.month_statement import refunds_of
from lifecycle.queries.statements import PART, TOTALS, page_of_totals, statements, total_row
from lifecycle.records.mapping import load
from lifecycle.sheets.writing import Cell
from lifecycle.terms.calendar import Month, end_of

router = operations("/v1", "money")
NAMED = 2  # the contract's id and reference identify the customer
RefundId = Annotated[str, Path(examples=["r_01g1793000mdgr1ppmy0ffgaq3"]), known_form("refund")]
Form = Annotated[
    Literal["json", "csv", "xlsx"],
    Query(alias="format", description="All statements as a file: csv for machines, xlsx for people."),
]

_Month = Annotated[str, BeforeValidator(month_named)]
_Sum = Annotated[int, Field(ge=-(10**15), le=10**15)]
FromMonth = Annotated[_Month | None, Query(description="The first month.", examples=["2022-04"])]
ToMonth = Annotated[_Month | None, Query(description="The last month.", examples=["2023-03"])]
FromYen = Annotated[_Sum | None, Query(description="The smallest total in yen.", examples=[100_000])]
ToYen = Annotated[_Sum | None, Query(description="The largest total in yen.", examples=[200_000])]
CustomerText = Annotated[
    SearchTerm | None,
    Query(description="Part of customer or administrator; kana, width and case do not matter."),
]
FromDay = Annotated[Day | None, Query(description="The first day of issue in Japan.", examples=["2022-05-01"])]
ToDay = Annotated[Day | None, Query(description="The last day of issue in Japan.", examples=["2022-05-31"])]
IssuedPlace = Annotated[str | None, Query(pattern=r"^[0-9]{4}-[0-9]{2}\.c_[0-9a-z]{26}$", description=NEXT)]


@router.post("/contracts/{contract_id}/statements/{month}/issue", responses=schemas.STATEMENT)
async def issue_statement(
    request: Request, caller: Caller, contract_id: ContractId, month: MonthPath, command: CommandHeaders
) -> Response:
    """Issues the statement of a past month; it never changes. A repetition returns the first answer (R40)."""
    return await respond(request, caller, command, subject_id=contract_id, part=month)


@router.post("/statements/{month}/issue", responses=schemas.ISSUED)
async def issue_statements(
    request: Request, caller: Caller, month: MonthPath, command: CreationHeaders, service: AskedService = None
) -> Response:
    """Issues the statements of a month for all contracts; statements that are already issued do not change (R40).

    If many are left, the answer is 202, and the service issues them in parts. After an interruption,
    the same request continues with the rest.
    """
    return await respond(request, caller, command, part=month, service=service)


@router.get("/statements/{month}/issue", responses=schemas.PROGRESS)
async def show_issue(request: Request, caller: Caller, month: MonthPath, service: AskedService = None) -> Response:
    """Returns the progress of issuing the statements of a month."""

    def work(conn: Connection, now: datetime) -> Outcome:
        return Outcome({**issue_progress(conn, Month.parse(month), service)})

    return await read_only(request, work)


@router.get("/statements", responses=schemas.FOUND)
async def find_issued(
    request: Request, caller: Caller, month_from: FromMonth = None, month_to: ToMonth = None,
    total_from: FromYen = None, total_to: ToYen = None, customer: CustomerText = None,
    service: AskedService = None, limit: Limit = 100, cursor: IssuedPlace = None, issued_from: FromDay = None,
    issued_to: ToDay = None,
) -> Response:  # fmt: skip
    """Finds issued statements by month, day of issue, total and customer, in any combination; bounds are included.

    A customer is also found by former names, and a former party of the contract by its own.
    """
    if customer is not None and not caller.sees_personal_data:
        raise Problem(
            403, "forbidden", "Your role does not allow this", "It takes the right to see personal data."
        )
    wanted = IssuedFilter(
        month_from, month_to, total_from, total_to, customer, cursor, service,
        issued_from=issued_from, issued_to=issued_to,
    )  # fmt: skip

    def work(conn: Connection, now: datetime) -> Outcome:
        found = search(conn, wanted, limit + 1)
        more = len(found) > limit
        return Outcome({"items": found[:limit], "next": place_of_issued(found[limit - 1]) if more else None})

    return await read_only(request, work, figures=True)


@router.get("/statements/{month}", responses=schemas.TOTALS)
async def list_statements(
    request: Request, caller: Caller, month: MonthPath, service: AskedService = None, limit: Limit = 100,
    cursor: Cursor = None, form: Form = "json", lang: LangQuery = "ja",
) -> Response:  # fmt: skip
    """Lists the total of every contract in a month, and whether its statement is issued."""
    wanted = Month.parse(month)
    if form != "json":
        rows = total_rows(wanted, names=form == "xlsx" and caller.sees_personal_data, service=service)
        return sheet(f"statements-{month}", form, rows, context_of(request), lang)

    def work(conn: Connection, now: datetime) -> Outcome:
        found, following = page_of_totals(conn, wanted, limit, cursor or "", service)
        return Outcome({"items": found, "next": following})

    return await read_only(request, work, figures=True)


def total_rows(month: Month, *, names: bool, service: str | None = None) -> FileRows:
    """A month's statements in short, as the rows of a file. names: with the party of the month's last day."""

    def rows(conn: Connection, now: datetime) -> Iterator[Sequence[Cell]]:
        yield (*TOTALS[:NAMED], "customer.name", *TOTALS[NAMED:]) if names else TOTALS
        found = statements(conn, month, service=service)
        while part := list(islice(found, PART)):
            ids = [one["contract_id"] for one in part]
            customers = customers_at(conn, ids, end_of(month.last), now) if names else {}
            for one in part:
                row = total_row(one)
                name = [customers.get(one["contract_id"])] if names else []
                yield [*row[:NAMED], *name, *row[NAMED:]]

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
