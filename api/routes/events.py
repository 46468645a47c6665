"""The routes of the events that people enter, made of the diagrams: /v1/contracts/{contract_id}/accept …"""

import inspect
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.access.auth import Caller
from api.access.roles import Principal
from api.commands import respond
from api.request.query import CommandHeaders, CommandOptions, ContractId, ItemChangeId, MeasureId, OptionId
from api.routes.routing import operations
from api.schemas.outputs import contracts
from api.schemas.outputs.service import PROPOSED
from lifecycle.commands.event_operations import EVENT_ROUTES, EventRoute
from lifecycle.machines.body import Reasoned

SUBJECTS: Mapping[str, tuple[str, Any]] = {  # the path's parameter and its type
    "contract": ("contract_id", ContractId),
    "option": ("option_id", OptionId),
    "item_change": ("change_id", ItemChangeId),
    "measure": ("measure_id", MeasureId),
}
ANSWERS: Mapping[str, dict[int | str, dict[str, Any]]] = {
    "contract": contracts.CONTRACT,
    "option": contracts.OPTION,
    "item_change": contracts.ITEM_CHANGE,
    "measure": contracts.MEASURE,
}
Endpoint = Callable[..., Coroutine[Any, Any, Response]]


def event_router(*kinds: str) -> APIRouter:
    """The routes of the events of some kinds of subjects."""
    router = APIRouter()
    for route in EVENT_ROUTES:
        if route.kind in kinds:
            tagged = operations("", route.tag)
            tagged.add_api_route(
                route.path, _endpoint(route), methods=["POST"], name=route.name, description=route.input.summary,
                responses=ANSWERS[route.kind] | (PROPOSED if route.may_wait else {}),
            )  # fmt: skip
            router.routes.extend(tagged.routes)
    return router


def _endpoint(route: EventRoute) -> Endpoint:
    """A function with the parameters that FastAPI reads: the subject's id, how, and the event's body."""
    parameter, id_type = SUBJECTS[route.kind]

    async def endpoint(
        request: Request, caller: Principal, command: CommandOptions, body: Reasoned | None = None, **ids: str
    ) -> Response:
        return await respond(request, caller, command, body, subject_id=ids[parameter])

    body_type: Any = route.input.body
    empty = inspect.Parameter.empty
    parameters = {
        "request": (Request, empty),
        "caller": (Caller, empty),
        parameter: (id_type, empty),
        "command": (CommandHeaders, empty),
        "body": (body_type | None, None) if route.input.may_be_left_out else (body_type, empty),
    }
    endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
            for name, (annotation, default) in parameters.items()
        ]
    )
    return endpoint


CONTRACTS, OPTIONS, PARTS = (
    event_router("contract"),
    event_router("option"),
    event_router("item_change", "measure"),
)
