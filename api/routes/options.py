"""/v1/options: the DRM option's application and events (Art. 5)."""

from fastapi import Request
from fastapi.responses import Response

from api.access.auth import Caller
from api.commands import read_only, respond
from api.request.query import ContractId, CreationHeaders, Limit, OptionId, Place
from api.routes.contracts import history_page
from api.routes.routing import operations
from api.schemas.outputs import contracts as schemas
from api.schemas.outputs.contracts import HISTORY
from lifecycle.commands.answers import part_answer
from lifecycle.machines.events.apply_for_option import OptionApplicationBody
from lifecycle.records.mapping import load, owner_of

router = operations("/v1", "options")


@router.post("/contracts/{contract_id}/options", status_code=201, responses=schemas.CREATED_OPTION)
async def apply(
    request: Request,
    caller: Caller,
    contract_id: ContractId,
    command: CreationHeaders,
    body: OptionApplicationBody,
) -> Response:
    """Receives an application for the DRM option of a contract (Art. 5(1), R17)."""
    return await respond(request, caller, command, body, subject_id=contract_id)


@router.get("/options/{option_id}", responses=schemas.OPTION)
async def get(request: Request, caller: Caller, option_id: OptionId) -> Response:
    """Returns an option."""
    return await read_only(
        request, lambda conn, now: part_answer(load(conn, owner_of(conn, option_id)), option_id, now)
    )


@router.get("/options/{option_id}/history", responses=HISTORY)
async def history(
    request: Request, caller: Caller, option_id: OptionId, limit: Limit = 100, cursor: Place = None
) -> Response:
    """Lists every transition of the option, oldest first."""
    return await history_page(request, option_id, limit, cursor, "option")
