"""/v1/contracts: erasing personal data."""

from fastapi import Request
from fastapi.responses import Response

from api.access.auth import Caller
from api.commands import respond
from api.request.query import CommandHeaders, ContractId
from api.routes.routing import operations
from api.schemas.outputs import contracts as schemas
from api.schemas.outputs.service import PROPOSED
from lifecycle.machines.body import NeedsReason

router = operations("/v1/contracts/{contract_id}", "contracts")


@router.post("/erase_personal_data", name="erase_personal_data", responses=schemas.CONTRACT | PROPOSED)
async def erase(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: NeedsReason
) -> Response:
    """Erases customer and administrator after the end of the contract; actor and reason stay on record.

    Write no names in the reason: the history keeps it permanently. `still_named_in` lists rows that contain one.
    """
    return await respond(request, caller, command, body, subject_id=contract_id)
