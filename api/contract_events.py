"""/v1/contracts: conditions, control, the company's end (Art. 3, 4; R28, R29, R31)."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import inputs_parts as inputs
from api import outputs
from api.auth import Caller
from api.contracts import event
from api.four_eyes import PROPOSED
from api.query import Command, ContractId
from lifecycle.desk import contract_events as commands

router = APIRouter(prefix="/v1/contracts/{contract_id}", tags=["contracts"], responses=outputs.REFUSALS)


@router.post("/meet_condition", responses=outputs.CONTRACT)
async def meet_condition(
    request: Request, caller: Caller, contract_id: ContractId, command: Command, body: inputs.MeetCondition
) -> Response:
    """A condition of Art. 3(1) is met (R28)."""
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.meet_condition(conn, contract_id, order, body.condition),
    )  # fmt: skip


@router.post("/waive_condition", responses=outputs.CONTRACT)
async def waive_condition(
    request: Request, caller: Caller, contract_id: ContractId, command: Command, body: inputs.WaiveCondition
) -> Response:
    """The operator waives a condition with a reason (R28)."""
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.waive_condition(conn, contract_id, order, body.condition),
    )  # fmt: skip


@router.post("/change_administrator", responses=outputs.CONTRACT)
async def change_administrator(
    request: Request, caller: Caller, contract_id: ContractId, command: Command, body: inputs.ChangeAdministrator
) -> Response:
    """Names another administrator (Art. 4(1), R29)."""
    person = body.administrator.model_dump(mode="json")
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.change_administrator(conn, contract_id, order, person),
    )  # fmt: skip


@router.post("/report_misuse", responses=outputs.CONTRACT)
async def report_misuse(
    request: Request, caller: Caller, contract_id: ContractId, command: Command, body: inputs.ReportMisuse
) -> Response:
    """Records possible misuse of the configuration rights and the instruction given (Art. 4(4), R29)."""
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.report_misuse(conn, contract_id, order, body.found_at, body.instruction),
    )  # fmt: skip


@router.post("/follow_up_misuse", responses=outputs.CONTRACT)
async def follow_up_misuse(
    request: Request, caller: Caller, contract_id: ContractId, command: Command, body: inputs.FollowUpMisuse
) -> Response:
    """Records what was done about a report of misuse (R29)."""
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.follow_up_misuse(conn, contract_id, order, body.report, body.follow_up),
    )  # fmt: skip


@router.post("/end_by_company", responses=outputs.CONTRACT | PROPOSED)
async def end_by_company(
    request: Request, caller: Caller, contract_id: ContractId, command: Command, body: inputs.EndByCompany
) -> Response:
    """The company ends the contract for cause (R31)."""
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.end_by_company(conn, contract_id, order, body.ends_on, body.ground),
    )  # fmt: skip
