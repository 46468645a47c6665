"""/v1/terms, /v1/preview: the terms themselves, and their rules on no contract."""

from typing import Annotated, Literal

from fastapi import Query, Request
from fastapi.responses import Response

from api.access.auth import Caller
from api.request.answers import response_of
from api.request.context import context_of
from api.routes.routing import operations
from api.schemas.outputs import service as schemas
from lifecycle.commands.command import Outcome
from lifecycle.errors import Malformed
from lifecycle.machines.body import Day, Instant
from lifecycle.machines.names_of_services import ItemName, ServiceName
from lifecycle.queries.questions import preview_cancellation, terms_in_force
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.catalogue import MEDIA_SPHERE
from lifecycle.terms.editions import EDITIONS, service_of_item

router = operations("/v1", "terms")


@router.get("/terms", responses=schemas.TERMS)
async def terms(
    request: Request, caller: Caller, on: Annotated[Day | None, Query()] = None,
    service: Annotated[ServiceName, Query()] = MEDIA_SPHERE,
) -> Response:  # fmt: skip
    """Returns the version of the terms in force on a day, by default today: values, articles, readings."""
    return response_of(Outcome(terms_in_force(on or tokyo_day(context_of(request).clock()), EDITIONS.of(service))))


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
