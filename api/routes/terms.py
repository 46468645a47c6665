"""/v1/terms, /v1/preview: the terms themselves, and their rules on no contract."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.commands import read_only, respond, response_of
from api.request.context import context_of
from api.request.query import CreationHeaders
from api.routes.routing import operations
from api.schemas.outputs import service as schemas
from api.schemas.outputs.service import PROPOSED
from lifecycle.commands.command import Outcome
from lifecycle.commands.terms_operations import AnnouncementBody, RehearsalBody, ResettlementBody
from lifecycle.errors import Malformed
from lifecycle.history.editions_known import announcements
from lifecycle.machines.field_types import Day, Instant
from lifecycle.machines.names_of_services import ItemName, ServiceName
from lifecycle.queries.questions import preview_cancellation, terms_in_force
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.editions import EDITIONS, service_of_item

router = operations("/v1", "terms")


@router.get("/terms", responses=schemas.TERMS)
async def terms(
    request: Request, caller: Caller, on: Annotated[Day | None, Query()] = None,
    service: Annotated[ServiceName, Query()] = DEFAULT_SERVICE,
) -> Response:  # fmt: skip
    """Returns the version of the terms in force on a day, by default today: values, articles, readings."""

    def work(conn: Connection, now: datetime) -> Outcome:
        return Outcome(terms_in_force(on or tokyo_day(now), EDITIONS.of(service), announcements(conn, service)))

    return await read_only(request, work)


@router.post("/terms/rehearse", responses=schemas.REHEARSAL)
async def rehearse(request: Request, caller: Caller, body: RehearsalBody, command: CreationHeaders) -> Response:
    """Shows what a file of terms would change: days, yen, entries that lose or gain their effect.

    Changes that are better and worse for the customer are listed separately (Civil Code Art. 548-4). Nothing is
    stored. A page covers a limited number of contracts; add up the totals of all pages.
    """
    return await respond(request, caller, command, body)


@router.post("/terms/announce", responses=schemas.TERMS)
async def announce(request: Request, caller: Caller, body: AnnouncementBody, command: CreationHeaders) -> Response:
    """Records when a version of the terms was made known to the customers, and how (R42)."""
    return await respond(request, caller, command, body)


@router.post("/terms/resettle", responses=schemas.RESETTLED | PROPOSED)
async def resettle(request: Request, caller: Caller, body: ResettlementBody, command: CreationHeaders) -> Response:
    """Applies terms or facts that came late to the next contracts after a cursor; `dry_run` shows what changes.

    A contract with entries that would lose their effect stays as it is unless
    `accept_invalidated` names them. With four eyes it is proposed: the approval executes the first part, and
    `approval` continues it.
    """
    return await respond(request, caller, command, body)


@router.get("/preview/cancellation", responses=schemas.PREVIEW)
async def preview(
    request: Request, caller: Caller, item: ItemName, billing_starts_on: Annotated[Day, Query()],
    arrived_on: Annotated[Day | None, Query()] = None, arrived_at: Annotated[Instant | None, Query()] = None,
    chosen_on: Annotated[Day | None, Query()] = None,
    within_minimum_term: Annotated[
        Literal["defer", "residual_fee"] | None, Query(description="A choice other than that of the terms (R8).")
    ] = None,
) -> Response:  # fmt: skip
    """Computes the effect of a notice by the rule of Art. 6, without a contract."""
    if arrived_on is not None and arrived_at is not None:
        raise Malformed([("/query/arrived_at", "give arrived_on or arrived_at, not both")])
    now = context_of(request).clock()
    arrived = arrived_on or tokyo_day(arrived_at or now)
    editions = EDITIONS.of(service_of_item(item))
    if within_minimum_term:
        editions = editions.under(within_minimum_term=within_minimum_term)
    return response_of(Outcome(preview_cancellation(item, billing_starts_on, arrived, chosen_on, now, editions)))
