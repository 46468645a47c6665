"""/v1/contracts/{id}/usage, charges, statements: what is owed, and by which article (Art. 7, Annex 1)."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Request
from fastapi.responses import Response
from pydantic import BeforeValidator
from sqlalchemy import Connection

from api.access.auth import Caller
from api.request.query import CommandHeaders, ContractId
from api.routes.routing import operations
from api.schemas.inputs import parts as inputs
from api.schemas.inputs.fields import FIRST_YEAR, LAST_YEAR, Instant
from api.schemas.outputs import parts as schemas
from api.transaction.transact import Reply, read_only, transact
from lifecycle.commands import parts
from lifecycle.commands.context import CommandContext
from lifecycle.machines.dossier import Dossier
from lifecycle.queries.as_of import as_of
from lifecycle.queries.charges import charges, statement
from lifecycle.queries.part_views import usage_view
from lifecycle.records.mapping import Unknown, load
from lifecycle.terms.calendar import Month, end_of, tokyo_day

router = operations("/v1", "money")


def _month(value: object) -> object:
    try:
        month = Month.parse(value) if isinstance(value, str) and len(value) == 7 else None
    except ValueError:
        month = None
    if month is None or not FIRST_YEAR <= month.year <= LAST_YEAR:
        raise ValueError("is not a month in the form YYYY-MM")
    return str(month)


MonthPath = Annotated[str, Path(examples=["2022-05"]), BeforeValidator(_month)]
KnownAt = Annotated[Instant | None, Query(description="By what was on record then.")]


def _dossier(conn: Connection, contract_id: str, effective_at: datetime, known_at: datetime | None) -> Dossier:
    """The dossier as it is, or as it was known at a moment. Raises Unknown."""
    if known_at is None:
        return load(conn, contract_id)
    found = as_of(conn, contract_id, effective_at, known_at)
    if found is None:
        raise Unknown("contract at that moment", contract_id)
    return found


def usage_response(dossier: Dossier, usage_id: str) -> Reply:
    """A month's usage as an answer, with its version as ETag."""
    return Reply(usage_view(dossier, usage_id), headers={"ETag": f'"{dossier.subject(usage_id).version}"'})


@router.put("/contracts/{contract_id}/usage/{month}", responses=schemas.USAGE)
async def put_usage(
    request: Request, caller: Caller, contract_id: ContractId, month: MonthPath, command: CommandHeaders,
    body: inputs.MonthUsage,
) -> Response:  # fmt: skip
    """Records what the contract used in a month, or corrects it (R24)."""

    def work(conn: Connection, now: datetime) -> Reply:
        order = CommandContext(caller.name, now, expected_version=command.version)
        dossier, usage_id = parts.record_usage(conn, contract_id, order, month, body.model_dump())
        return usage_response(dossier, usage_id)

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


@router.get("/contracts/{contract_id}/usage/{month}", responses=schemas.USAGE)
async def get_usage(request: Request, caller: Caller, contract_id: ContractId, month: MonthPath) -> Response:
    """What is on record for a month."""

    def work(conn: Connection, now: datetime) -> Reply:
        dossier = load(conn, contract_id)
        found = next((usage for usage in dossier.usages if usage.month == month), None)
        if found is None:
            raise Unknown("usage", month)
        return usage_response(dossier, found.id)

    return await read_only(request, work)


@router.get("/contracts/{contract_id}/charges", responses=schemas.CHARGES)
async def get_charges(
    request: Request, caller: Caller, contract_id: ContractId, known_at: KnownAt = None
) -> Response:
    """Every obligation so far, with the instant at which it arose and the rule it rests on."""

    def work(conn: Connection, now: datetime) -> Reply:
        moment = known_at or now
        dossier = _dossier(conn, contract_id, moment, known_at)
        found = [charge for charge in charges(dossier, tokyo_day(moment)) if charge.arose_at <= moment]
        return Reply({"items": [charge.view() for charge in found], "next": None})

    return await read_only(request, work)


@router.get("/contracts/{contract_id}/statements/{month}", responses=schemas.STATEMENT)
async def get_statement(
    request: Request, caller: Caller, contract_id: ContractId, month: MonthPath, known_at: KnownAt = None
) -> Response:
    """A month's statement, also as it was by what was on record at a past moment."""

    def work(conn: Connection, now: datetime) -> Reply:
        wanted = Month.parse(month)
        dossier = _dossier(conn, contract_id, max(end_of(wanted.last), known_at or now), known_at)
        return Reply(statement(dossier, wanted))

    return await read_only(request, work)
