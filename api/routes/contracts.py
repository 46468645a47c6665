"""/v1/contracts: applications, events, questions, history."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.access.contract_query import AskedContracts
from api.commands import read_only, respond
from api.imports.batch import FastPathRoute
from api.request.query import (
    ContractId,
    CreationHeaders,
    Limit,
    ListCursor,
    Place,
)
from api.routes.routing import operations
from api.schemas.outputs import contracts as schemas
from api.schemas.outputs.contracts import HISTORY
from lifecycle.commands.answers import contract_answer, settled_in, with_settled
from lifecycle.commands.command import Outcome
from lifecycle.history.editions_known import editions_known
from lifecycle.machines.events.apply_body import ContractApplicationBody
from lifecycle.machines.field_types import Day, Instant
from lifecycle.queries.as_of import line_as_of, people_as_of
from lifecycle.queries.history import history_items
from lifecycle.queries.matching import matched_in
from lifecycle.queries.questions import latest_arrival
from lifecycle.queries.totals import totals
from lifecycle.queries.views.contracts import contract_view
from lifecycle.records.keeping import archive_of
from lifecycle.records.listing import ids_of_page
from lifecycle.records.mapping import Unknown, load, load_many
from lifecycle.records.people import personal_of, personal_of_many
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
    request: Request, caller: Caller, asked: AskedContracts,
    count: Annotated[bool, Query(description="Adds how many there are, and their monthly base fees.")] = False,
    limit: Limit = 50, cursor: ListCursor = None,
) -> Response:  # fmt: skip
    """Lists contracts by state, item, text, customer number, days, assignee and next transition."""
    wanted, people_too = asked.wanted, caller.sees_personal_data
    text = wanted.text

    def work(conn: Connection, now: datetime) -> Outcome:
        ids, following = ids_of_page(conn, wanted, asked.sort, limit, cursor)
        dossiers, people = load_many(conn, ids), personal_of_many(conn, ids if people_too else [])
        items: list[Any] = [contract_view(dossiers[i], people.get(i), now) for i in ids]
        for item in items if text else ():
            item["matched_in"] = matched_in(dossiers[item["id"]], people.get(item["id"]), text or "")
        summed = totals(conn, wanted, now) if count else {}
        return Outcome({"items": items, "next": following, **summed})

    return await read_only(request, work, figures=True)


@router.get("/{contract_id}", responses=schemas.CONTRACT)
async def get(
    request: Request, caller: Caller, contract_id: ContractId,
    effective_at: Annotated[Instant | None, Query(description="The moment to ask about, in legal time.")] = None,
    known_at: Annotated[Instant | None, Query(description="Only rows recorded up to this moment count.")] = None,
) -> Response:  # fmt: skip
    """Returns a contract as of now or a past moment, by what is on record now or was at a past moment."""

    def work(conn: Connection, now: datetime) -> Outcome:
        if effective_at is None and known_at is None:
            people = personal_of(conn, contract_id) if caller.sees_personal_data else None
            dossier, place = load(conn, contract_id), archive_of(conn, contract_id)
            outcome = contract_answer(dossier, people, now)
            if place is None:
                return replace(outcome, content=with_settled(conn, dossier, outcome.content, now))
            archive = {"file": place.file, "sha256": place.sha256}
            return replace(outcome, content={**outcome.content, "archive": archive, "allowed_events": []})
        held, known = effective_at or known_at or now, known_at or now
        editions = editions_known(conn, known)
        line = line_as_of(conn, contract_id, held, known, editions)
        if line.dossier is None:
            raise Unknown("contract at that moment", contract_id)
        people = people_as_of(conn, contract_id, line) if caller.sees_personal_data else None
        content = settled_in(line.dossier, contract_view(line.dossier, people, held, editions), line.transitions)
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


async def history_page(
    request: Request, subject: str | Callable[[Connection], str], limit: int, cursor: int | None, what: str
) -> Response:
    """One page of a subject's history. subject: its id, or what finds it. cursor: the seq before the page."""
    after = cursor or 0

    def work(conn: Connection, now: datetime) -> Outcome:
        subject_id = subject if isinstance(subject, str) else subject(conn)
        found = history_items(conn, subject_id, after, limit + 1, now)
        if not found and not after:
            raise Unknown(what, subject_id)
        items = found[:limit]
        return Outcome({"items": items, "next": str(items[-1]["seq"]) if len(found) > limit else None})

    return await read_only(request, work)
