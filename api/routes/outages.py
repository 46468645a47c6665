"""/v1/outages and a contract's credits (Art. 8, Annex 2; R25 to R27)."""

from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.access.contract_query import AskedService
from api.commands import page_of, read_only, respond
from api.request.query import AnyId, AnyLimit, CommandHeaders, ContractId, Limit, OutageId, Place
from api.routes.contracts import history_page
from api.routes.routing import operations
from api.schemas.outputs import contracts as schemas
from api.schemas.outputs.contracts import HISTORY
from api.schemas.outputs.service import PROPOSED
from lifecycle.commands import outages
from lifecycle.commands.answers import outage_answer
from lifecycle.commands.command import Outcome
from lifecycle.machines.body import NeedsReason
from lifecycle.machines.events.attribute_outage import AttributedBody
from lifecycle.machines.events.claim_credit import ClaimedBody
from lifecycle.machines.events.correct_outage import OutageCorrectionBody
from lifecycle.machines.events.open_outage import OutageFoundBody
from lifecycle.machines.events.recover_outage import RecoveredBody
from lifecycle.queries.outages import newest_outages
from lifecycle.queries.views.parts import credit_view
from lifecycle.records.mapping import Unknown, load

router = operations("/v1", "outages")


@router.post("/outages", status_code=201, responses=schemas.CREATED_OUTAGE)
async def open_outage(
    request: Request, caller: Caller, command: CommandHeaders, body: OutageFoundBody
) -> Response:
    """Records an outage from the instant of knowledge, and opens a credit for every affected contract."""
    return await respond(request, caller, command, body)


@router.get("/outages", responses=schemas.OUTAGES)
async def list_outages(
    request: Request, caller: Caller, service: AskedService = None, limit: Limit = 50, cursor: AnyId = None
) -> Response:
    """Lists outages, newest first. With `service`, those that concern all services are listed too."""

    def work(conn: Connection, now: datetime) -> Outcome:
        ids = newest_outages(conn, limit + 1, cursor, service)
        items = [outage_answer(conn, outages.load_outage(conn, id_)).content for id_ in ids[:limit]]
        return Outcome({"items": items, "next": ids[limit - 1] if len(ids) > limit else None})

    return await read_only(request, work)


@router.get("/outages/{outage_id}", responses=schemas.OUTAGE)
async def get_outage(request: Request, caller: Caller, outage_id: OutageId) -> Response:
    """Returns an outage."""
    return await read_only(request, lambda conn, now: outage_answer(conn, outages.load_outage(conn, outage_id)))


@router.post("/outages/{outage_id}/recover", responses=schemas.OUTAGE)
async def recover(
    request: Request, caller: Caller, outage_id: OutageId, command: CommandHeaders, body: RecoveredBody
) -> Response:
    """Records the recovery, for the outage and all its credits (R26)."""
    return await respond(request, caller, command, body, subject_id=outage_id)


@router.post("/outages/{outage_id}/attribute", responses=schemas.OUTAGE)
async def attribute(
    request: Request, caller: Caller, outage_id: OutageId, command: CommandHeaders, body: AttributedBody
) -> Response:
    """Records whether the outage is the company's own fault; only then can it bring a credit (R26)."""
    return await respond(request, caller, command, body, subject_id=outage_id)


@router.post("/outages/{outage_id}/corrections", responses=schemas.OUTAGE | PROPOSED)
async def correct_outage(
    request: Request, caller: Caller, outage_id: OutageId, command: CommandHeaders, body: OutageCorrectionBody
) -> Response:
    """Corrects wrong facts of an outage; every credit follows (R26, R35)."""
    return await respond(request, caller, command, body, subject_id=outage_id)


@router.post("/outages/{outage_id}/annulments", responses=schemas.OUTAGE | PROPOSED)
async def annul_outage(
    request: Request, caller: Caller, outage_id: OutageId, command: CommandHeaders, body: NeedsReason
) -> Response:
    """Annuls an outage that never happened, with its credits (R36)."""
    return await respond(request, caller, command, body, subject_id=outage_id)


@router.get("/outages/{outage_id}/history", responses=HISTORY)
async def outage_history(
    request: Request, caller: Caller, outage_id: OutageId, limit: Limit = 100, cursor: Place = None
) -> Response:
    """Lists every transition of the outage, oldest first."""
    return await history_page(request, outage_id, limit, cursor, "outage")


@router.get("/contracts/{contract_id}/credits", responses=schemas.CREDITS)
async def credits_of(
    request: Request, caller: Caller, contract_id: ContractId, limit: AnyLimit = None, cursor: Place = None
) -> Response:
    """Lists the contract's credits for outages: units, amount, claim window (Annex 2, R25 to R27)."""

    def work(conn: Connection, now: datetime) -> Outcome:
        dossier = load(conn, contract_id)
        return page_of([credit_view(dossier, c, now) for c in dossier.credits], limit, cursor)

    return await read_only(request, work)


@router.get("/contracts/{contract_id}/credits/{outage_id}/history", responses=HISTORY)
async def credit_history(
    request: Request, caller: Caller, contract_id: ContractId, outage_id: OutageId, limit: Limit = 100,
    cursor: Place = None,
) -> Response:  # fmt: skip
    """Lists every transition of the credit, oldest first."""

    def credit(conn: Connection) -> str:
        credits_ = load(conn, contract_id).credits
        found = next((one.id for one in credits_ if one.outage_id == outage_id), None)
        if found is None:
            raise Unknown("credit", outage_id)
        return found

    return await history_page(request, credit, limit, cursor, "credit")


@router.post("/contracts/{contract_id}/credits/{outage_id}/claim", responses=schemas.CREDIT)
async def claim(
    request: Request, caller: Caller, contract_id: ContractId, outage_id: OutageId, command: CommandHeaders,
    body: ClaimedBody,
) -> Response:  # fmt: skip
    """The customer claims the reduction, within three months (Art. 8, R27)."""
    return await respond(request, caller, command, body, subject_id=contract_id, part=outage_id)
