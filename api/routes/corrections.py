"""/v1/contracts: corrections, annulments, and entries that hold only together (R35 to R37)."""

from fastapi import Request
from fastapi.responses import Response

from api.access.auth import Caller
from api.commands import respond
from api.request.query import CommandHeaders, ContractId
from api.routes.routing import operations
from api.schemas.outputs import contracts as schemas
from api.schemas.outputs.service import PROPOSED
from lifecycle.commands.correction_operations import AnnulmentBody, CorrectionBody, EntriesTogetherBody

router = operations("/v1/contracts/{contract_id}", "contracts")


@router.post("/corrections", name="correct", responses=schemas.CONTRACT | PROPOSED)
async def correct(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: CorrectionBody
) -> Response:
    """Corrects the facts of a wrong entry (R35)."""
    return await respond(request, caller, command, body, subject_id=contract_id)


@router.post("/annulments", name="annul", responses=schemas.CONTRACT | PROPOSED)
async def annul(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: AnnulmentBody
) -> Response:
    """Annuls entries of something that never happened, or a declaration avoided for mistake (R36)."""
    return await respond(request, caller, command, body, subject_id=contract_id)


@router.post("/entries", name="enter_together", responses=schemas.CONTRACT | PROPOSED)
async def enter_together(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: EntriesTogetherBody
) -> Response:
    """Enters several dependent entries in one transaction (R16)."""
    return await respond(request, caller, command, body, subject_id=contract_id)
