"""/v1/item_changes, /v1/measures: what hangs on a contract (Art. 7, 10)."""

from collections.abc import Callable
from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller, Principal
from api.request.query import CommandHeaders, CommandOptions, ContractId, ItemChangeId, Limit, MeasureId, Place
from api.routes.contracts import event, history_page
from api.routes.routing import operations
from api.schemas.inputs import parts as inputs
from api.schemas.inputs.fields import NeedsReason, Reasoned
from api.schemas.outputs import parts as schemas
from api.schemas.outputs.history import HISTORY
from api.transaction.transact import Reply, read_only, transact
from lifecycle.commands import contracts, parts
from lifecycle.commands.context import CommandContext
from lifecycle.machines.dossier import Dossier
from lifecycle.queries.part_views import item_change_view, measure_view
from lifecycle.records.mapping import load

router = operations("/v1", "parts")


def change_response(dossier: Dossier, change_id: str, now: datetime, status: int = 200) -> Reply:
    """An item change as an answer, with its version as ETag."""
    headers = {"ETag": f'"{dossier.subject(change_id).version}"'}
    if status == 201:
        headers["Location"] = f"/v1/item_changes/{change_id}"
    return Reply(item_change_view(dossier, change_id, now), status, headers)


def measure_response(dossier: Dossier, measure_id: str, now: datetime, status: int = 200) -> Reply:
    """A measure as an answer, with its version as ETag."""
    headers = {"ETag": f'"{dossier.subject(measure_id).version}"'}
    if status == 201:
        headers["Location"] = f"/v1/measures/{measure_id}"
    return Reply(measure_view(dossier, measure_id, now), status, headers)


async def change_event(
    request: Request, caller: Principal, command: CommandOptions, change_id: str, reason: str | None,
    run: Callable[[Connection, CommandContext], Dossier],
) -> Response:  # fmt: skip
    """Runs one event of an item change and answers with it as it then is."""
    return await event(
        request, caller, command, reason, run, lambda conn, dossier, now: change_response(dossier, change_id, now)
    )


@router.post("/contracts/{contract_id}/item_changes", status_code=201, responses=schemas.CREATED_ITEM_CHANGE)
async def apply_for_item_change(
    request: Request,
    caller: Caller,
    contract_id: ContractId,
    command: CommandHeaders,
    body: inputs.ItemChangeApplication,
) -> Response:
    """Receives an application for another item (Art. 1, 7)."""

    def work(conn: Connection, now: datetime) -> Reply:
        dossier, change_id, new = parts.apply_for_item_change(
            conn, contract_id, CommandContext(caller.name, now), body.item, body.reference, body.received
        )
        return change_response(dossier, change_id, now, 201 if new else 200)

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


@router.get("/contracts/{contract_id}/item_changes", responses=schemas.PARTS)
async def list_item_changes(request: Request, caller: Caller, contract_id: ContractId) -> Response:
    """The contract's item changes."""

    def work(conn: Connection, now: datetime) -> Reply:
        dossier = load(conn, contract_id)
        return Reply({"items": [item_change_view(dossier, c.id, now) for c in dossier.item_changes], "next": None})

    return await read_only(request, work)


@router.get("/item_changes/{change_id}", responses=schemas.ITEM_CHANGE)
async def get_item_change(request: Request, caller: Caller, change_id: ItemChangeId) -> Response:
    """An item change as it is."""
    return await read_only(
        request, lambda conn, now: change_response(parts.dossier_of(conn, change_id), change_id, now)
    )


@router.post("/item_changes/{change_id}/accept", responses=schemas.ITEM_CHANGE)
async def accept_item_change(
    request: Request,
    caller: Caller,
    change_id: ItemChangeId,
    command: CommandHeaders,
    body: inputs.AcceptItemChange,
) -> Response:
    """Accepts a change for a day; to Basic only where no DRM option lives then (R19, R22)."""
    return await change_event(
        request, caller, command, change_id, body.reason,
        lambda conn, order: parts.accept_item_change(
            conn, change_id, order, body.accepted, body.effective_on, body.fee_yen
        ),
    )  # fmt: skip


@router.post("/item_changes/{change_id}/reject", responses=schemas.ITEM_CHANGE)
async def reject_item_change(
    request: Request, caller: Caller, change_id: ItemChangeId, command: CommandHeaders, body: NeedsReason
) -> Response:
    """Rejects the application."""
    return await change_event(
        request, caller, command, change_id, body.reason,
        lambda conn, order: contracts.reject(conn, change_id, order),
    )  # fmt: skip


@router.post("/item_changes/{change_id}/withdraw", responses=schemas.ITEM_CHANGE)
async def withdraw_item_change(
    request: Request,
    caller: Caller,
    change_id: ItemChangeId,
    command: CommandHeaders,
    body: Reasoned | None = None,
) -> Response:
    """The customer withdraws the change before it takes effect."""
    return await change_event(
        request, caller, command, change_id, body.reason if body else None,
        lambda conn, order: contracts.withdraw(conn, change_id, order),
    )  # fmt: skip


@router.get("/item_changes/{change_id}/history", responses=HISTORY)
async def item_change_history(
    request: Request, caller: Caller, change_id: ItemChangeId, limit: Limit = 100, cursor: Place = None
) -> Response:
    """Every transition of the change, oldest first."""
    return await history_page(request, change_id, limit, cursor, "item change")


@router.post("/contracts/{contract_id}/measures", status_code=201, responses=schemas.CREATED_MEASURE)
async def take_measure(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: inputs.MeasureTaken
) -> Response:
    """Takes a measure beside the contract's life; terms, notice periods and fees run on (Art. 10, R30)."""

    def work(conn: Connection, now: datetime) -> Reply:
        facts = {
            "measure": body.kind,
            "ground": body.ground,
            "notified": body.notified,
            "starts_at": body.starts_at or now,
            "ends_at": body.ends_at,
        }
        order = CommandContext(caller.name, now, body.reason)
        dossier, measure_id = parts.take_measure(conn, contract_id, order, facts)
        return measure_response(dossier, measure_id, now, 201)

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


@router.get("/contracts/{contract_id}/measures", responses=schemas.PARTS)
async def list_measures(request: Request, caller: Caller, contract_id: ContractId) -> Response:
    """The contract's measures."""

    def work(conn: Connection, now: datetime) -> Reply:
        dossier = load(conn, contract_id)
        return Reply({"items": [measure_view(dossier, m.id, now) for m in dossier.measures], "next": None})

    return await read_only(request, work)


@router.get("/measures/{measure_id}", responses=schemas.MEASURE)
async def get_measure(request: Request, caller: Caller, measure_id: MeasureId) -> Response:
    """A measure as it is."""
    return await read_only(
        request, lambda conn, now: measure_response(parts.dossier_of(conn, measure_id), measure_id, now)
    )


@router.post("/measures/{measure_id}/lift", responses=schemas.MEASURE)
async def lift_measure(
    request: Request, caller: Caller, measure_id: MeasureId, command: CommandHeaders, body: Reasoned | None = None
) -> Response:
    """Lifts a measure before its planned end (R30)."""
    return await event(
        request, caller, command, body.reason if body else None,
        lambda conn, order: parts.lift_measure(conn, measure_id, order),
        lambda conn, dossier, now: measure_response(dossier, measure_id, now),
    )  # fmt: skip


@router.get("/measures/{measure_id}/history", responses=HISTORY)
async def measure_history(
    request: Request, caller: Caller, measure_id: MeasureId, limit: Limit = 100, cursor: Place = None
) -> Response:
    """Every transition of the measure, oldest first."""
    return await history_page(request, measure_id, limit, cursor, "measure")
