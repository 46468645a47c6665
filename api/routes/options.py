"""/v1/options: the DRM option's application and events (Art. 5)."""

from collections.abc import Callable
from datetime import datetime

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller, Principal
from api.request.query import CommandHeaders, CommandOptions, ContractId, CreationHeaders, Limit, OptionId, Place
from api.routes.contracts import event, history_page
from api.routes.routing import operations
from api.schemas.inputs import contracts as inputs
from api.schemas.inputs.fields import NeedsReason, Reasoned
from api.schemas.outputs import contracts as schemas
from api.schemas.outputs.access import PROPOSED
from api.schemas.outputs.history import HISTORY
from api.transaction.transact import Reply, read_only, transact
from lifecycle.commands import applications
from lifecycle.commands import contracts as commands
from lifecycle.commands.context import CommandContext
from lifecycle.machines.dossier import Dossier
from lifecycle.queries.views import option_view
from lifecycle.records.mapping import load, owner_of

router = operations("/v1", "options")


def option_response(dossier: Dossier, option_id: str, now: datetime, status: int = 200) -> Reply:
    """An option as an answer, with its version as ETag."""
    headers = {"ETag": f'"{dossier.subject(option_id).version}"'}
    if status == 201:
        headers["Location"] = f"/v1/options/{option_id}"
    return Reply(option_view(dossier, option_id, now), status, headers)


async def option_event(
    request: Request, caller: Principal, command: CommandOptions, option_id: str, reason: str | None,
    run: Callable[[Connection, CommandContext], Dossier],
) -> Response:  # fmt: skip
    """Runs one event of an option in a transaction and answers with the option as it then is."""
    return await event(
        request, caller, command, reason, run, lambda conn, dossier, now: option_response(dossier, option_id, now)
    )


@router.post("/contracts/{contract_id}/options", status_code=201, responses=schemas.CREATED_OPTION)
async def apply(
    request: Request,
    caller: Caller,
    contract_id: ContractId,
    command: CreationHeaders,
    body: inputs.OptionApplication,
) -> Response:
    """Receives an application for the DRM option of a contract (Art. 5(1), R17)."""

    def work(conn: Connection, now: datetime) -> Reply:
        order = CommandContext(caller.name, now)
        dossier, option_id, new = applications.apply_for_option(
            conn, contract_id, body.reference, body.received, order
        )
        return option_response(dossier, option_id, now, 201 if new else 200)

    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


@router.get("/options/{option_id}", responses=schemas.OPTION)
async def get(request: Request, caller: Caller, option_id: OptionId) -> Response:
    """An option as it is."""
    return await read_only(
        request, lambda conn, now: option_response(load(conn, owner_of(conn, option_id)), option_id, now)
    )


@router.post("/options/{option_id}/accept", responses=schemas.OPTION | PROPOSED)
async def accept(
    request: Request, caller: Caller, option_id: OptionId, command: CommandHeaders, body: inputs.AcceptOption
) -> Response:
    """Accepts the application with the quoted fees; the contract must be accepted and Premium (R17, R21)."""
    return await option_event(
        request, caller, command, option_id, body.reason,
        lambda conn, order: commands.accept_option(
            conn, option_id, order, body.accepted, body.billing_starts_on,
            initial_fee_yen=body.initial_fee_yen, monthly_fee_yen=body.monthly_fee_yen,
        ),
    )  # fmt: skip


@router.post("/options/{option_id}/reject", responses=schemas.OPTION)
async def reject(
    request: Request, caller: Caller, option_id: OptionId, command: CommandHeaders, body: NeedsReason
) -> Response:
    """Rejects the application."""
    return await option_event(
        request, caller, command, option_id, body.reason,
        lambda conn, order: commands.reject(conn, option_id, order),
    )  # fmt: skip


@router.post("/options/{option_id}/withdraw", responses=schemas.OPTION)
async def withdraw(
    request: Request, caller: Caller, option_id: OptionId, command: CommandHeaders, body: Reasoned | None = None
) -> Response:
    """The customer withdraws the application."""
    return await option_event(
        request, caller, command, option_id, body.reason if body else None,
        lambda conn, order: commands.withdraw(conn, option_id, order),
    )  # fmt: skip


@router.post("/options/{option_id}/reschedule_billing", responses=schemas.OPTION)
async def reschedule_billing(
    request: Request, caller: Caller, option_id: OptionId, command: CommandHeaders, body: inputs.RescheduleBilling
) -> Response:
    """Moves the option's billing start before it has begun (R17, R33, R34)."""
    return await option_event(
        request, caller, command, option_id, body.reason,
        lambda conn, order: commands.reschedule_billing(conn, option_id, order, body.billing_starts_on),
    )  # fmt: skip


@router.post("/options/{option_id}/notify_cancellation", responses=schemas.OPTION | PROPOSED)
async def notify_cancellation(
    request: Request, caller: Caller, option_id: OptionId, command: CommandHeaders, body: inputs.NotifyCancellation
) -> Response:
    """Enters a cancellation notice for the option alone (Art. 5(5), R18, R20)."""
    return await option_event(
        request, caller, command, option_id, body.reason,
        lambda conn, order: commands.notify_cancellation(conn, option_id, order, body.arrived, body.chosen_on),
    )  # fmt: skip


@router.post("/options/{option_id}/revoke_cancellation", responses=schemas.OPTION | PROPOSED)
async def revoke_cancellation(
    request: Request, caller: Caller, option_id: OptionId, command: CommandHeaders, body: inputs.RevokeCancellation
) -> Response:
    """Takes back one notice or all, with the company's consent on record (R13)."""
    return await option_event(
        request, caller, command, option_id, body.reason,
        lambda conn, order: commands.revoke_cancellation(conn, option_id, order, body.notice),
    )  # fmt: skip


@router.get("/options/{option_id}/history", responses=HISTORY)
async def history(
    request: Request, caller: Caller, option_id: OptionId, limit: Limit = 100, cursor: Place = None
) -> Response:
    """Every transition of the option, oldest first."""
    return await history_page(request, option_id, limit, cursor, "option")
