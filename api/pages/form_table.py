"""Every command of /v1 as a form: its address and fields, derived from the routes so that none is forgotten."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from fastapi.routing import APIRoute
from pydantic import BaseModel

from api.pages.fields import Field, fields_of
from api.routes import (
    clock,
    contracts,
    corrections,
    erasing,
    events,
    money,
    notes,
    options,
    outages,
    parts,
    running,
    statements,
)
from lifecycle.machines.parts import METER_FIELDS
from lifecycle.terms.editions import meter_names

ROUTERS = (
    contracts.router, corrections.router, events.CONTRACTS, erasing.router, notes.router, options.router,
    events.OPTIONS, parts.router, events.PARTS, money.router, statements.router, outages.router, clock.router,
    running.router,
)  # fmt: skip
KINDS = {"contracts": "contract", "options": "option", "item_changes": "item_change", "measures": "measure",
         "outages": "outage", "credits": "credit", "statements": "statement", "refunds": "refund",
         "scheduler": "scheduler", "parked": "parked"}  # fmt: skip
# Operations whose page has another address or name than the path.
ADDRESSES = {"contracts-correct": "/contracts/{contract_id}/entries/{entry}/correct",
             "contracts-annul": "/contracts/{contract_id}/entries/{entry}/annul"}  # fmt: skip
EVENT_NAMES = {"contracts-correct": "correct_entry", "contracts-annul": "annul_entry",
               "outages-correct_outage": "correct", "outages-annul_outage": "annul",
               "money-issue_statements": "issue_all"}  # fmt: skip
OTHER_KINDS = {"money-issue_statements": "month"}
BY_ADDRESS = ("entry", "entries", "facts")  # of a correction: the address names the entry, and so its facts
FOR_PROGRAMS = frozenset(("contracts-enter_together", "contracts-attach"))  # a file has a page of its own
MONTH = Field("month", "month", required=True)
METERED = "money-put_usage"


def with_meters(fields: Sequence[Field], service: str) -> tuple[Field, ...]:
    """Replace the fields of usage by the meters of a contract's service."""
    names = [name if name in METER_FIELDS else f"meters.{name}" for name in meter_names(service)]
    meters = [Field(name, "decimal") for name in names]
    others = [one for one in fields if one.name not in METER_FIELDS]
    named = [one for one in others if one == MONTH]
    return (*named, *meters, *(one for one in others if one != MONTH))


@dataclass(frozen=True, slots=True)
class Form:
    """A command as a form. name: its operation's; event: as in allowed_events, None for a creation. kind: of its
    subject. path: in /v1; address: of the page. fields: its fields. model: of the body.
    """

    name: str
    event: str | None
    kind: str
    method: str
    path: str
    address: str
    fields: tuple[Field, ...]
    model: type[BaseModel] | None

    def at(self, **ids: str) -> str:
        """Return the page's address for a subject."""
        return self.address.format(**ids)


def _forms() -> Iterator[Form]:
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.methods and route.methods & {"POST", "PUT"}:
                yield _form(route)


def _form(route: APIRoute) -> Form:
    (method,) = route.methods or {""}
    model = _model(route)
    fields = fields_of(model) if model else ()
    short = route.path.removeprefix("/v1")
    creates = route.status_code == 201 or method == "PUT"
    if short.endswith("/{month}"):
        short, fields = short.removesuffix("/{month}"), (MONTH, *fields)
    segments = [KINDS[part] for part in short.split("/") if part in KINDS]
    name = f"{route.tags[0]}-{route.name}"
    if name in ADDRESSES:
        fields = tuple(one for one in fields if one.name not in BY_ADDRESS)
    event = None if creates else EVENT_NAMES.get(name, short.rpartition("/")[2])
    address = ADDRESSES.get(name, f"{short}/new" if creates else short)
    kind = OTHER_KINDS.get(name) or (segments[-1] if segments else "clock")
    return Form(name, event, kind, method, route.path, address, fields, model)


def _model(route: APIRoute) -> type[BaseModel] | None:
    """Return the model of a route's body, also of an optional body."""
    if route.body_field is None:
        return None
    annotation: Any = route.body_field.field_info.annotation
    found: type[BaseModel] = next((k for k in get_args(annotation) if k is not type(None)), annotation)
    return found


BY_NAME = {form.name: form for form in _forms()}
FORMS = tuple(form for form in BY_NAME.values() if form.name not in FOR_PROGRAMS)
BY_EVENT = {(form.kind, form.event): form for form in FORMS if form.event is not None}
