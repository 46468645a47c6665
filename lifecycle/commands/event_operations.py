"""The events that people enter, as operations: one for each event of a diagram that says how it is entered."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from lifecycle.commands.answers import event_answer
from lifecycle.commands.command import Call
from lifecycle.commands.enter_event import Executed, execute_entry
from lifecycle.commands.operation import Operation
from lifecycle.commands.outages_reached import reached
from lifecycle.errors import Unknown
from lifecycle.history.payload import commit_to
from lifecycle.machines.body import Entering, Reasoned
from lifecycle.machines.event import AnyEvent
from lifecycle.machines.event_input import EventInput
from lifecycle.machines.table import EVENTS
from lifecycle.records import tables
from lifecycle.records.mapping import load, owner_of
from lifecycle.records.normalise import normalised_names


@dataclass(frozen=True, slots=True)
class EventRoute:
    """An event of a kind of subject in the interface. tag, name: make the operation's id."""

    kind: str
    event: AnyEvent
    tag: str
    name: str
    path: str

    @property
    def operation(self) -> str:
        """The operation's id."""
        return f"{self.tag}-{self.name}"

    @property
    def input(self) -> EventInput:
        """How the event is entered."""
        assert self.event.input is not None
        return self.event.input


KINDS = {  # tag, name of the operation, path of the subject
    "contract": ("contracts", "{}", "/v1/contracts/{{contract_id}}/{}"),
    "option": ("options", "{}", "/v1/options/{{option_id}}/{}"),
    "item_change": ("parts", "{}_item_change", "/v1/item_changes/{{change_id}}/{}"),
    "measure": ("parts", "{}_measure", "/v1/measures/{{measure_id}}/{}"),
}


def _routes() -> Iterator[EventRoute]:
    for kind, (tag, name, path) in KINDS.items():
        for event in EVENTS[kind].values():
            if event.input is not None:
                yield EventRoute(kind, event, tag, name.format(event.name), path.format(event.name))


EVENT_ROUTES = tuple(_routes())


def enter_event(call: Call, event: AnyEvent, commitment: str | None = None) -> Executed:
    """Enters the event that the call's body describes. commitment: to personal data."""
    conn, subject_id = call.conn, call.subject_id
    body: Reasoned = call.body or Reasoned()
    facts = event.input.facts(body, Entering(call.now, lambda: _subject(call)))  # type: ignore[union-attr]
    at = body.happened.instant(call.now)
    done = execute_entry(conn, subject_id, event.name, facts, call.context, at, commitment=commitment)
    return reached(conn, done, call.context)


def _subject(call: Call) -> Any:
    return load(call.conn, owner_of(call.conn, call.subject_id)).subject(call.subject_id)


def _change_administrator(call: Call, event: AnyEvent) -> Executed:
    """Names another administrator (Art. 4(1), R29). The history holds a commitment to the new data only."""
    table = tables.personal
    row = call.conn.execute(select(table).where(table.c.contract_id == call.subject_id)).one_or_none()
    if row is None:
        raise Unknown("contract", call.subject_id)
    data = {**row.data, "administrator": call.body.administrator.model_dump(mode="json")}
    done = enter_event(call, event, commit_to(data, row.salt))
    values = {"data": data, "search": normalised_names(data)}
    call.conn.execute(update(table).where(table.c.contract_id == call.subject_id).values(values))
    return done


_BY_THEMSELVES = {"contracts-change_administrator": _change_administrator}


def _operation(route: EventRoute) -> Operation[Executed]:
    run = _BY_THEMSELVES.get(route.operation, enter_event)
    return Operation(
        name=route.operation,
        body=route.input.body,
        run=lambda call: run(call, route.event),
        show=event_answer,
        roles=frozenset(route.input.roles),
        second_person=route.input.second_person,
        ends=route.event.ends,
    )


EVENT_OPERATIONS = tuple(map(_operation, EVENT_ROUTES))
