"""/v1/contracts: applications, events, questions, history."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import orjson
from fastapi import Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller, Principal
from api.imports.application import contract_answer, contract_response, receive
from api.imports.batch import FastPathRoute
from api.request.query import (
    CommandHeaders,
    CommandOptions,
    ContractId,
    CreationHeaders,
    Cursor,
    Limit,
    Place,
    SearchText,
)
from api.routes.routing import operations
from api.schemas.inputs import contracts as inputs
from api.schemas.inputs.fields import Day, Instant, ItemName, NeedsReason, Reasoned
from api.schemas.outputs import contracts as schemas
from api.schemas.outputs.access import PROPOSED
from api.schemas.outputs.history import HISTORY
from api.transaction import second_person
from api.transaction.transact import Reply, read_only, transact
from lifecycle.commands import contracts as commands
from lifecycle.commands import four_eyes as approvals
from lifecycle.commands.context import CommandContext
from lifecycle.machines.dossier import Dossier, State
from lifecycle.queries.as_of import as_of
from lifecycle.queries.questions import latest_arrival
from lifecycle.queries.views import contract_view, history_view
from lifecycle.records.finding import ContractFilter, contract_ids
from lifecycle.records.mapping import Unknown, load, load_many
from lifecycle.records.normalise import normalise
from lifecycle.records.reading import history_of, personal_of, personal_of_many
from lifecycle.terms.calendar import instant

router = operations("/v1/contracts", "contracts")


async def event(
    request: Request,
    caller: Principal,
    command: CommandOptions,
    reason: str | None,
    run: Callable[[Connection, CommandContext], Dossier],
    show: Callable[..., Reply] = contract_response,
) -> Response:
    """Runs one event of a contract in a transaction and answers with the contract as it then is.

    Where four eyes are asked for, a weighty one is tried and kept for a second person instead.
    """
    second = second_person.second_of(request)

    def work(conn: Connection, now: datetime) -> Reply:
        order = CommandContext(caller.name, now, reason, command.version, second.name if second else None)
        reply = show(conn, run(conn, order), now)
        if second is not None:
            approvals.decide(conn, second.approval_id, approvals.APPROVED, second.name, now)
        return reply

    if await second_person.asks_for_two(request, caller, command):
        work = await second_person.proposing(request, caller, command, run, reason)
    return await transact(request, caller, work, dry_run=command.dry_run, key=command.key)


async def apply(
    request: Request, caller: Caller, command: CreationHeaders, body: inputs.ContractApplication
) -> Response:
    """Receives an application (Art. 5, 7). The identical one again: 200 with the contract that is there."""
    return await receive(request, caller, command, body)


router.add_api_route(
    "",
    apply,
    methods=["POST"],
    status_code=201,
    responses=schemas.CREATED_CONTRACT,
    route_class_override=FastPathRoute,
)


@router.get("", responses=schemas.CONTRACTS)
async def list_contracts(
    request: Request, caller: Caller, state: State | None = None, item: ItemName | None = None,
    q: SearchText = None, due_before: Instant | None = None, limit: Limit = 50, cursor: Cursor = None,
) -> Response:  # fmt: skip
    """Contracts by state, item, text in number, reference or customer, and time of the next transition."""
    folded, people_too = normalise(q) if q else None, caller.sees_personal_data
    wanted = ContractFilter(state, item, folded, q, people_too, due_before, cursor)

    def work(conn: Connection, now: datetime) -> Reply:
        ids = contract_ids(conn, wanted, limit + 1)
        dossiers, people = load_many(conn, ids[:limit]), personal_of_many(conn, ids[:limit] if people_too else [])
        items = [contract_view(dossiers[i], people.get(i), now) for i in ids[:limit]]
        return Reply({"items": items, "next": ids[limit - 1] if len(ids) > limit else None})

    return await read_only(request, work)


@router.get("/{contract_id}", responses=schemas.CONTRACT)
async def get(
    request: Request, caller: Caller, contract_id: ContractId,
    effective_at: Annotated[Instant | None, Query(description="What held then, by legal time.")] = None,
    known_at: Annotated[Instant | None, Query(description="What was on record then.")] = None,
) -> Response:  # fmt: skip
    """A contract as it is, or as it was: what held at a moment, by what was known at a moment."""

    def work(conn: Connection, now: datetime) -> Reply:
        people = personal_of(conn, contract_id) if caller.sees_personal_data else None
        if effective_at is None and known_at is None:
            return contract_answer(load(conn, contract_id), people, now)
        held, known = effective_at or known_at or now, known_at or now
        dossier = as_of(conn, contract_id, held, known)
        if dossier is None:
            raise Unknown("contract at that moment", contract_id)
        content = contract_view(dossier, people, held)
        moments = {"effective_at": instant(held), "known_at": instant(known)}
        return Reply(content | {"as_of": moments, "allowed_events": []})

    return await read_only(request, work)


@router.post("/{contract_id}/accept", responses=schemas.CONTRACT | PROPOSED)
async def accept(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: inputs.AcceptContract
) -> Response:
    """Accepts the application: the initial fee is owed from here (Art. 7, R28, R34)."""
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.accept(conn, contract_id, order, body.accepted, body.billing_starts_on),
    )  # fmt: skip


@router.post("/{contract_id}/reject", responses=schemas.CONTRACT)
async def reject(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders, body: NeedsReason
) -> Response:
    """Rejects the application, and with it the applications for its options."""
    return await event(
        request, caller, command, body.reason, lambda conn, order: commands.reject(conn, contract_id, order)
    )


@router.post("/{contract_id}/withdraw", responses=schemas.CONTRACT)
async def withdraw(
    request: Request, caller: Caller, contract_id: ContractId, command: CommandHeaders,
    body: Reasoned | None = None,
) -> Response:  # fmt: skip
    """The customer withdraws the application (R10)."""
    return await event(
        request, caller, command, body.reason if body else None,
        lambda conn, order: commands.withdraw(conn, contract_id, order),
    )  # fmt: skip


@router.post("/{contract_id}/reschedule_billing", responses=schemas.CONTRACT)
async def reschedule_billing(
    request: Request,
    caller: Caller,
    contract_id: ContractId,
    command: CommandHeaders,
    body: inputs.RescheduleBilling,
) -> Response:
    """Moves the billing start before billing has begun (R33, R34)."""
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.reschedule_billing(conn, contract_id, order, body.billing_starts_on),
    )  # fmt: skip


@router.post("/{contract_id}/notify_cancellation", responses=schemas.CONTRACT | PROPOSED)
async def notify_cancellation(
    request: Request,
    caller: Caller,
    contract_id: ContractId,
    command: CommandHeaders,
    body: inputs.NotifyCancellation,
) -> Response:
    """Enters a cancellation notice by the day it arrived (Art. 6, R6, R7). Too many an hour are proposed."""
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.notify_cancellation(conn, contract_id, order, body.arrived, body.chosen_on),
    )  # fmt: skip


@router.post("/{contract_id}/revoke_cancellation", responses=schemas.CONTRACT | PROPOSED)
async def revoke_cancellation(
    request: Request,
    caller: Caller,
    contract_id: ContractId,
    command: CommandHeaders,
    body: inputs.RevokeCancellation,
) -> Response:
    """Takes back one notice or all, with the company's consent on record (R13)."""
    return await event(
        request, caller, command, body.reason,
        lambda conn, order: commands.revoke_cancellation(conn, contract_id, order, body.notice),
    )  # fmt: skip


@router.get("/{contract_id}/latest_arrival", name="latest_arrival", responses=schemas.LATEST_ARRIVAL)
async def latest_arrival_for(
    request: Request, caller: Caller, contract_id: ContractId, effective_on: Annotated[Day, Query()]
) -> Response:
    """The last day on which a notice may arrive to end the contract on a day (R2 read backwards)."""

    def work(conn: Connection, now: datetime) -> Reply:
        return Reply(latest_arrival(load(conn, contract_id), effective_on, now))

    return await read_only(request, work)


@router.get("/{contract_id}/history", responses=HISTORY)
async def history(
    request: Request, caller: Caller, contract_id: ContractId, limit: Limit = 100, cursor: Place = None
) -> Response:
    """Every transition of the contract, oldest first, with its rulings and its place in the hash chain."""
    return await history_page(request, contract_id, limit, cursor, "contract")


async def history_page(request: Request, subject_id: str, limit: int, cursor: int | None, what: str) -> Response:
    """One page of a subject's history. cursor: the seq of the page before's last row."""
    after = cursor or 0

    def work(conn: Connection, now: datetime) -> Reply:
        rows = history_of(conn, subject_id, after, limit + 1)
        if not rows and not after:
            raise Unknown(what, subject_id)
        items = [history_view(orjson.loads(row.payload), row.hash) for row in rows[:limit]]
        return Reply({"items": items, "next": str(items[-1]["seq"]) if len(rows) > limit else None})

    return await read_only(request, work)
