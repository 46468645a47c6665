"""/v1/contracts/{id}/usage, charges, statements: what is owed, and by which article (Art. 7, Annex 1)."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator
from sqlalchemy import Connection

from api.access.auth import Caller
from api.commands import page_of, read_only, respond
from api.request.query import AnyLimit, CommandHeaders, ContractId, Limit, Place
from api.routes.contracts import history_page
from api.routes.routing import operations
from api.schemas.outputs import contracts as schemas
from api.schemas.outputs.contracts import HISTORY
from api.schemas.outputs.money import STATEMENT
from lifecycle.commands.answers import usage_answer
from lifecycle.commands.command import Outcome
from lifecycle.history.editions_known import editions_known
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.events.record_usage import MonthUsageBody, month_named
from lifecycle.machines.field_types import Instant
from lifecycle.queries.as_of import as_of
from lifecycle.queries.charges import charges
from lifecycle.queries.month_statement import statement_of
from lifecycle.records.mapping import Unknown, load
from lifecycle.terms.calendar import Month, end_of, tokyo_day
from lifecycle.terms.editions import EDITIONS, Editions

router = operations("/v1", "money")


MonthPath = Annotated[str, Path(examples=["2022-05"]), BeforeValidator(month_named)]
KnownAt = Annotated[Instant | None, Query(description="Only rows recorded up to this moment count.")]


def _dossier(conn: Connection, contract_id: str, effective_at: datetime, known_at: datetime | None) -> Dossier:
    """The dossier as it is, or as it was known at a moment. Raises Unknown."""
    if known_at is None:
        return load(conn, contract_id)
    found = as_of(conn, contract_id, effective_at, known_at)
    if found is None:
        raise Unknown("contract at that moment", contract_id)
    return found


def _terms(conn: Connection, known_at: datetime | None) -> Editions:
    """The terms that are loaded, or those that were on record at a moment."""
    return EDITIONS if known_at is None else editions_known(conn, known_at)


@router.put("/contracts/{contract_id}/usage/{month}", responses=schemas.USAGE)
async def put_usage(
    request: Request, caller: Caller, contract_id: ContractId, month: MonthPath, command: CommandHeaders,
    body: MonthUsageBody,
) -> Response:  # fmt: skip
    """Records or corrects the usage of the contract in a month (R24)."""
    return await respond(request, caller, command, body, subject_id=contract_id, part=month)


@router.get("/contracts/{contract_id}/usage/{month}", responses=schemas.USAGE)
async def get_usage(request: Request, caller: Caller, contract_id: ContractId, month: MonthPath) -> Response:
    """Returns the recorded usage of a month."""

    def work(conn: Connection, now: datetime) -> Outcome:
        dossier = load(conn, contract_id)
        return usage_answer(dossier, _usage(dossier, month))

    return await read_only(request, work)


@router.get("/contracts/{contract_id}/usage/{month}/history", responses=HISTORY)
async def usage_history(
    request: Request, caller: Caller, contract_id: ContractId, month: MonthPath, limit: Limit = 100,
    cursor: Place = None,
) -> Response:  # fmt: skip
    """Lists every entry of the month's usage, oldest first; their ids are those that corrections name."""
    return await history_page(request, lambda conn: _usage(load(conn, contract_id), month), limit, cursor, "usage")


def _usage(dossier: Dossier, month: str) -> str:
    """The id of a month's usage. Raises Unknown."""
    found = next((usage.id for usage in dossier.usages if usage.month == month), None)
    if found is None:
        raise Unknown("usage", month)
    return found


@router.get("/contracts/{contract_id}/charges", responses=schemas.CHARGES)
async def get_charges(
    request: Request,
    caller: Caller,
    contract_id: ContractId,
    known_at: KnownAt = None,
    limit: AnyLimit = None,
    cursor: Place = None,
) -> Response:
    """Lists every charge so far, with the instant at which it arose and its rule."""

    def work(conn: Connection, now: datetime) -> Outcome:
        moment = known_at or now
        dossier = _dossier(conn, contract_id, moment, known_at)
        owed = charges(dossier, tokyo_day(moment), _terms(conn, known_at))
        found = [charge for charge in owed if charge.arose_at <= moment]
        return page_of([charge.view() for charge in found], limit, cursor)

    return await read_only(request, work)


@router.get("/contracts/{contract_id}/statements/{month}", responses=STATEMENT)
async def get_statement(
    request: Request, caller: Caller, contract_id: ContractId, month: MonthPath, known_at: KnownAt = None
) -> Response:
    """Returns the statement of a month, also by what was on record at a past moment."""

    def work(conn: Connection, now: datetime) -> Outcome:
        wanted = Month.parse(month)
        dossier = _dossier(conn, contract_id, max(end_of(wanted.last), known_at or now), known_at)
        return Outcome(statement_of(conn, dossier, wanted, known_at, _terms(conn, known_at)))

    return await read_only(request, work)
