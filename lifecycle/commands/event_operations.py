"""The operations of events: one for each event of a diagram with an input."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lifecycle.commands.answers import event_answer
from lifecycle.commands.book import locked
from lifecycle.commands.command import Call
from lifecycle.commands.enter_event import Executed, execute_entry
from lifecycle.commands.operation import Operation
from lifecycle.commands.outages_reached import reached
from lifecycle.commands.service import Hourly
from lifecycle.machines.body import Entering, Reasoned
from lifecycle.machines.event import AnyEvent, EventInput
from lifecycle.machines.table import EVENTS
from lifecycle.records.mapping import owner_of


@dataclass(frozen=True, slots=True)
class EventRoute:
    """An event of a kind of subject in the API. tag, name: the parts of the operation's id."""

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
        """The input of the event."""
        assert self.event.input is not None
        return self.event.input

    @property
    def counts_as(self) -> Hourly | None:
        """The hourly limit that it counts towards."""
        return "ends" if self.event.ends else "acceptances" if self.event.name == "accept" else None

    @property
    def may_wait(self) -> bool:
        """Whether it may need a second person."""
        return self.input.second_person or self.counts_as is not None


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


def enter_event(call: Call, event: AnyEvent) -> Executed:
    """Enter the event of the call's body. The history contains commitments to personal data, never the data."""
    conn, subject_id = call.conn, call.subject_id
    entered = event.input
    assert entered is not None
    body: Reasoned = call.body or entered.body()  # left out: everything by default
    facts = entered.facts(body, Entering(call.now, lambda: _subject(call)))
    at = body.happened.instant(call.now)
    name = body.enters or event.name
    done = execute_entry(conn, subject_id, name, facts, call.context, at, people=entered.people(body))
    return reached(conn, done, call.context)


def _subject(call: Call) -> Any:
    return locked(call.conn, owner_of(call.conn, call.subject_id), call.context).subject(call.subject_id)


def _operation(route: EventRoute) -> Operation[Executed]:
    return Operation(
        name=route.operation,
        body=route.input.body,
        run=lambda call: enter_event(call, route.event),
        show=event_answer,
        roles=frozenset(route.input.roles),
        second_person=route.input.second_person,
        counts_as=lambda body: None if body is not None and body.enters else route.counts_as,
    )


EVENT_OPERATIONS = tuple(map(_operation, EVENT_ROUTES))
