"""/v1/outages and a contract's credits (Art. 8, Annex 2; R25 to R27)."""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection, func, select

from api.access.auth import Caller
from api.request.query import AnyId, CommandHeaders, ContractId, Limit, OutageId, Place
from api.routes.contracts import history_page
from api.routes.routing import operations
from api.schemas.inputs import parts as inputs
from api.schemas.outputs import parts as schemas
from api.schemas.outputs.history import HISTORY
from api.transaction.transact import Reply, read_only, transact
from lifecycle.commands import outages
from lifecycle.commands.context import CommandContext
from lifecycle.machines.parts import Outage
from lifecycle.queries.part_views import credit_view, outage_view
from lifecycle.records import tables
from lifecycle.records.mapping import load

router = operations("/v1", "outages")


def outage_response(conn: Connection, outage: Outage, status: int = 200) -> Reply:
    """An outage as an answer."""
    credit = tables.SUBJECTS["credit"]
    concerned = conn.execute(
        select(func.count()).select_from(credit).where(credit.c.outage_id == outage.id)
    ).scalar_one()
    headers = {"ETag": f'"{outage.version}"'} | ({"Location": f"/v1/outages/{outage.id}"} if status == 201 else {})
    return Reply(outage_view(outage, concerned), status, headers)


@router.post("/outages", status_code=201, responses=schemas.CREATED_OUTAGE)
async def open_outage(
    request: Request, caller: Caller, command: CommandHeaders, body: inputs.OutageFound
) -> Response:
    """Records an outage from the instant the company knew, and opens a credit for every contract concerned."""
    only = None if body.contracts == "all" else tuple(dict.fromkeys(body.contracts))
    found = outages.OutageReport(body.known_at, body.source, body.attributable, only, body.recovered_at)

    def work(conn: Connection, now: datetime) -> Reply:
        return outage_response(
            conn, outages.open_outage(conn, CommandContext(caller.name, now, body.reason), found), 201
        )

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


@router.get("/outages", responses=schemas.OUTAGES)
async def list_outages(request: Request, caller: Caller, limit: Limit = 50, cursor: AnyId = None) -> Response:
    """Outages, the newest first."""
    table = tables.SUBJECTS["outage"].c
    statement = select(table.id).order_by(table.id.desc()).limit(limit + 1)
    if cursor:
        statement = statement.where(table.id < cursor)

    def work(conn: Connection, now: datetime) -> Reply:
        ids = list(conn.execute(statement).scalars())
        items = [outage_response(conn, outages.load_outage(conn, id_)).content for id_ in ids[:limit]]
        return Reply({"items": items, "next": ids[limit - 1] if len(ids) > limit else None})

    return await read_only(request, work)


@router.get("/outages/{outage_id}", responses=schemas.OUTAGE)
async def get_outage(request: Request, caller: Caller, outage_id: OutageId) -> Response:
    """An outage as it is."""
    return await read_only(request, lambda conn, now: outage_response(conn, outages.load_outage(conn, outage_id)))


@router.post("/outages/{outage_id}/recover", responses=schemas.OUTAGE)
async def recover(
    request: Request, caller: Caller, outage_id: OutageId, command: CommandHeaders, body: inputs.Recovered
) -> Response:
    """Records the recovery, for the outage and all its credits (R26)."""

    def work(conn: Connection, now: datetime) -> Reply:
        order = CommandContext(caller.name, now, body.reason, command.version)
        return outage_response(conn, outages.recover(conn, outage_id, order, body.recovered_at))

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


@router.post("/outages/{outage_id}/attribute", responses=schemas.OUTAGE)
async def attribute(
    request: Request, caller: Caller, outage_id: OutageId, command: CommandHeaders, body: inputs.Attributed
) -> Response:
    """Records whose fault it was; only the company's own earns a credit (R26)."""

    def work(conn: Connection, now: datetime) -> Reply:
        order = CommandContext(caller.name, now, body.reason, command.version)
        return outage_response(conn, outages.attribute(conn, outage_id, order, attributable=body.attributable))

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


@router.get("/outages/{outage_id}/history", responses=HISTORY)
async def outage_history(
    request: Request, caller: Caller, outage_id: OutageId, limit: Limit = 100, cursor: Place = None
) -> Response:
    """Every transition of the outage, oldest first."""
    return await history_page(request, outage_id, limit, cursor, "outage")


@router.get("/contracts/{contract_id}/credits", responses=schemas.CREDITS)
async def credits_of(request: Request, caller: Caller, contract_id: ContractId) -> Response:
    """What outages earn the contract: units, amount, window of the claim (Annex 2, R25 to R27)."""

    def work(conn: Connection, now: datetime) -> Reply:
        dossier = load(conn, contract_id)
        return Reply({"items": [credit_view(dossier, c, now) for c in dossier.credits], "next": None})

    return await read_only(request, work)


@router.post("/contracts/{contract_id}/credits/{outage_id}/claim", responses=schemas.CREDIT)
async def claim(
    request: Request, caller: Caller, contract_id: ContractId, outage_id: OutageId, command: CommandHeaders,
    body: inputs.Claimed,
) -> Response:  # fmt: skip
    """The customer claims the reduction, within three months (Art. 8, R27)."""

    def work(conn: Connection, now: datetime) -> Reply:
        order = CommandContext(caller.name, now, body.reason, command.version)
        dossier, credit_id = outages.claim(conn, contract_id, outage_id, order, body.claimed)
        credit = dossier.subject(credit_id)
        return Reply(credit_view(dossier, credit, now), headers={"ETag": f'"{credit.version}"'})

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)
