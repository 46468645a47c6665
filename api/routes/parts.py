"""/v1/item_changes, /v1/measures: parts of a contract (Art. 7, 10)."""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.commands import page_of, read_only, respond
from api.request.query import AnyLimit, CommandHeaders, ContractId, ItemChangeId, Limit, MeasureId, Place
from api.routes.contracts import history_page
from api.routes.routing import operations
from api.schemas.outputs import contracts as schemas
from api.schemas.outputs.contracts import HISTORY
from lifecycle.commands import parts
from lifecycle.commands.answers import part_answer
from lifecycle.commands.command import Outcome
from lifecycle.machines.events.apply_for_item_change import ItemChangeApplicationBody
from lifecycle.machines.events.take_measure import MeasureTakenBody
from lifecycle.queries.views.parts import item_change_view, measure_view
from lifecycle.records.mapping import load

router = operations("/v1", "parts")


@router.post("/contracts/{contract_id}/item_changes", status_code=201, responses=schemas.CREATED_ITEM_CHANGE)
async def apply_for_item_change(
    request: Request,
    caller: Caller,
    contract_id: ContractId,
    command: CommandHeaders,
    body: ItemChangeApplicationBody,
) -> Response:
    """Receives an application for another item (Art. 1, 7)."""
    return await respond(request, caller, command, body, subject_id=contract_id)


@router.get("/contracts/{contract_id}/item_changes", responses=schemas.PARTS)
async def list_item_changes(
    request: Request, caller: Caller, contract_id: ContractId, limit: AnyLimit = None, cursor: Place = None
) -> Response:
    """Lists the contract's item changes."""

    def work(conn: Connection, now: datetime) -> Outcome:
        dossier = load(conn, contract_id)
        return page_of([item_change_view(dossier, c.id, now) for c in dossier.item_changes], limit, cursor)

    return await read_only(request, work)


@router.get("/item_changes/{change_id}", responses=schemas.ITEM_CHANGE)
async def get_item_change(request: Request, caller: Caller, change_id: ItemChangeId) -> Response:
    """Returns an item change."""
    return await read_only(
        request, lambda conn, now: part_answer(parts.dossier_of(conn, change_id), change_id, now)
    )


@router.get("/item_changes/{change_id}/history", responses=HISTORY)
async def item_change_history(
    request: Request, caller: Caller, change_id: ItemChangeId, limit: Limit = 100, cursor: Place = None
) -> Response:
    """Lists every transition of the item change, oldest first."""
    return await history_page(request, change_id, limit, cursor, "item change")


@router.post("/contracts/{contract_id}/measures", status_code=201, responses=schemas.CREATED_MEASURE)
async def take_measure(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: MeasureTakenBody
) -> Response:
    """Takes a measure; terms, notice periods and fees of the contract continue (Art. 10, R30)."""
    return await respond(request, caller, command, body, subject_id=contract_id)


@router.get("/contracts/{contract_id}/measures", responses=schemas.PARTS)
async def list_measures(
    request: Request, caller: Caller, contract_id: ContractId, limit: AnyLimit = None, cursor: Place = None
) -> Response:
    """Lists the contract's measures."""

    def work(conn: Connection, now: datetime) -> Outcome:
        dossier = load(conn, contract_id)
        return page_of([measure_view(dossier, m.id, now) for m in dossier.measures], limit, cursor)

    return await read_only(request, work)


@router.get("/measures/{measure_id}", responses=schemas.MEASURE)
async def get_measure(request: Request, caller: Caller, measure_id: MeasureId) -> Response:
    """Returns a measure."""
    return await read_only(
        request, lambda conn, now: part_answer(parts.dossier_of(conn, measure_id), measure_id, now)
    )


@router.get("/measures/{measure_id}/history", responses=HISTORY)
async def measure_history(
    request: Request, caller: Caller, measure_id: MeasureId, limit: Limit = 100, cursor: Place = None
) -> Response:
    """Lists every transition of the measure, oldest first."""
    return await history_page(request, measure_id, limit, cursor, "measure")
