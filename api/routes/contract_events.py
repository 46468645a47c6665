"""/v1/contracts: conditions, control, the company's end (Art. 3, 4; R28, R29, R31); erasing personal data."""

from dataclasses import replace
from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.access.auth import Caller
from api.imports.application import contract_response
from api.request.context import context_of
from api.request.query import CommandHeaders, ContractId
from api.routes.contracts import event
from api.routes.routing import operations
from api.schemas.inputs import parts as inputs
from api.schemas.inputs.fields import NeedsReason
from api.schemas.outputs import contracts as schemas
from api.schemas.outputs.access import PROPOSED
from api.transaction.transact import Reply, transact
from lifecycle.commands import contract_events as commands
from lifecycle.commands.context import CommandContext
from lifecycle.commands.erasure import erase_personal_data, leave_no_trace

router = operations("/v1/contracts/{contract_id}", "contracts")


@router.post("/meet_condition", responses=schemas.CONTRACT)
async def meet_condition(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: inputs.MeetCondition
) -> Response:
    """A condition of Art. 3(1) is met (R28)."""
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.meet_condition(conn, contract_id, order, body.condition),
    )  # fmt: skip


@router.post("/waive_condition", responses=schemas.CONTRACT)
async def waive_condition(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: inputs.WaiveCondition
) -> Response:
    """The operator waives a condition with a reason (R28)."""
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.waive_condition(conn, contract_id, order, body.condition),
    )  # fmt: skip


@router.post("/change_administrator", responses=schemas.CONTRACT)
async def change_administrator(
    request: Request,
    caller: Caller,
    contract_id: ContractId,
    command: CommandHeaders,
    body: inputs.ChangeAdministrator,
) -> Response:
    """Names another administrator (Art. 4(1), R29)."""
    person = body.administrator.model_dump(mode="json")
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.change_administrator(conn, contract_id, order, person),
    )  # fmt: skip


@router.post("/report_misuse", responses=schemas.CONTRACT)
async def report_misuse(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: inputs.ReportMisuse
) -> Response:
    """Records possible misuse of the configuration rights and the instruction given (Art. 4(4), R29)."""
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.report_misuse(conn, contract_id, order, body.found_at, body.instruction),
    )  # fmt: skip


@router.post("/follow_up_misuse", responses=schemas.CONTRACT)
async def follow_up_misuse(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: inputs.FollowUpMisuse
) -> Response:
    """Records what was done about a report of misuse (R29)."""
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.follow_up_misuse(conn, contract_id, order, body.report, body.follow_up),
    )  # fmt: skip


@router.post("/end_by_company", responses=schemas.CONTRACT | PROPOSED)
async def end_by_company(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: inputs.EndByCompany
) -> Response:
    """The company ends the contract for cause (R31)."""
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.end_by_company(conn, contract_id, order, body.ends_on, body.ground),
    )  # fmt: skip


@router.post("/erase_personal_data", name="erase_personal_data", responses=schemas.CONTRACT)
async def erase(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: NeedsReason
) -> Response:
    """Erases customer and administrator once the contract is over; who asked and why stays on record.

    Do not name them in the reason: the history keeps it for good. `still_named_in` lists the rows that do.
    """

    def work(conn: Connection, now: datetime) -> Reply:
        order = CommandContext(caller.name, now, body.reason, command.version)
        dossier, named = erase_personal_data(conn, contract_id, order)
        reply = contract_response(conn, dossier, now)
        return replace(reply, content=reply.content | {"still_named_in": named})

    answer = await transact(request, caller, work, dry_run=command.dry_run, key=command.key)
    if not command.dry_run:
        await run_in_threadpool(leave_no_trace, context_of(request).engine)
    return answer
