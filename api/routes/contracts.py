"""/v1/contracts: applications, events, questions, history."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.commands import respond
from api.imports.batch import FastPathRoute
from api.request.answers import read_only
from api.request.query import (
    ContractId,
    CreationHeaders,
    Cursor,
    Limit,
    Place,
    SearchText,
)
from api.routes.routing import operations
from api.schemas.outputs import contracts as schemas
from api.schemas.outputs.history import HISTORY
from lifecycle.commands.answers import contract_answer
from lifecycle.commands.command import Outcome
from lifecycle.errors import Problem
from lifecycle.machines.body import Day, Instant, ItemName, SearchTerm
from lifecycle.machines.dossier import State
from lifecycle.machines.events.apply_body import ContractApplicationBody
from lifecycle.queries.as_of import line_as_of, people_as_of
from lifecycle.queries.history import history_items
from lifecycle.queries.matching import matched_in
from lifecycle.queries.questions import latest_arrival
from lifecycle.queries.views.contracts import contract_view
from lifecycle.records.finding import ContractFilter, contract_ids
from lifecycle.records.mapping import Unknown, load, load_many
from lifecycle.records.normalise import customer_number_key
from lifecycle.records.reading import personal_of, personal_of_many
from lifecycle.terms.calendar import instant

router = operations("/v1/contracts", "contracts")


async def apply(
    request: Request, caller: Caller, command: CreationHeaders, body: ContractApplicationBody
) -> Response:
    """Receives an application (Art. 5, 7). An identical repetition answers 200 with the existing contract."""
    return await respond(request, caller, command, body)


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
    q: SearchText = None, due_before: Instant | None = None,
    customer_number: Annotated[SearchTerm | None, Query(description="The company's own customer number.")] = None,
    reference: Annotated[
        SearchTerm | None,
        Query(description="A reference of the contract or a part; width, case and hyphens do not matter."),
    ] = None,
    limit: Limit = 50, cursor: Cursor = None,
) -> Response:  # fmt: skip
    """Lists contracts by state, item, text, customer number and next transition."""
    if customer_number is not None and not caller.sees_personal_data:
        raise Problem(
            403, "forbidden", "Your role does not allow this", "It takes the right to see personal data."
        )
    people_too = caller.sees_personal_data
    wanted = ContractFilter(
        state, item, q, people_too, due_before, cursor,
        customer_number=customer_number_key(customer_number) if customer_number is not None else None,
        reference=reference,
    )  # fmt: skip

    def work(conn: Connection, now: datetime) -> Outcome:
        ids = contract_ids(conn, wanted, limit + 1)
        dossiers, people = load_many(conn, ids[:limit]), personal_of_many(conn, ids[:limit] if people_too else [])
        items: list[Any] = [contract_view(dossiers[i], people.get(i), now) for i in ids[:limit]]
        for item in items if q else ():
            item["matched_in"] = matched_in(dossiers[item["id"]], people.get(item["id"]), q or "")
        return Outcome({"items": items, "next": ids[limit - 1] if len(ids) > limit else None})

    return await read_only(request, work)


@router.get("/{contract_id}", responses=schemas.CONTRACT)
async def get(
    request: Request, caller: Caller, contract_id: ContractId,
    effective_at: Annotated[Instant | None, Query(description="The moment to ask about, in legal time.")] = None,
    known_at: Annotated[Instant | None, Query(description="Only rows recorded up to this moment count.")] = None,
) -> Response:  # fmt: skip
    """Returns a contract, now or at a past moment, by what was on record now or at a past moment."""

    def work(conn: Connection, now: datetime) -> Outcome:
        if effective_at is None and known_at is None:
            people = personal_of(conn, contract_id) if caller.sees_personal_data else None
            return contract_answer(load(conn, contract_id), people, now)
        held, known = effective_at or known_at or now, known_at or now
        line = line_as_of(conn, contract_id, held, known)
        if line.dossier is None:
            raise Unknown("contract at that moment", contract_id)
        people = people_as_of(conn, contract_id, line) if caller.sees_personal_data else None
        content = contract_view(line.dossier, people, held)
        moments = {"effective_at": instant(held), "known_at": instant(known)}
        return Outcome({**content, "as_of": moments, "allowed_events": []})

    return await read_only(request, work)


@router.get("/{contract_id}/latest_arrival", name="latest_arrival", responses=schemas.LATEST_ARRIVAL)
async def latest_arrival_for(
    request: Request, caller: Caller, contract_id: ContractId, effective_on: Annotated[Day, Query()]
) -> Response:
    """Returns the last day on which a notice may arrive to end the contract on a day (R2 in reverse)."""

    def work(conn: Connection, now: datetime) -> Outcome:
        return Outcome(latest_arrival(load(conn, contract_id), effective_on, now))

    return await read_only(request, work)


@router.get("/{contract_id}/history", responses=HISTORY)
async def history(
    request: Request, caller: Caller, contract_id: ContractId, limit: Limit = 100, cursor: Place = None
) -> Response:
    """Lists every transition of the contract, oldest first, with its rulings and its hash chain."""
    return await history_page(request, contract_id, limit, cursor, "contract")


async def history_page(request: Request, subject_id: str, limit: int, cursor: int | None, what: str) -> Response:
    """One page of a subject's history. cursor: the seq of the page before's last row."""
    after = cursor or 0

    def work(conn: Connection, now: datetime) -> Outcome:
        found = history_items(conn, subject_id, after, limit + 1, now)
        if not found and not after:
            raise Unknown(what, subject_id)
        items = found[:limit]
        return Outcome({"items": items, "next": str(items[-1]["seq"]) if len(found) > limit else None})

    return await read_only(request, work)
