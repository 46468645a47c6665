"""The transition table, derived from the diagrams once.

A machine object per event costs hundreds of microseconds; the table gives the same answer from the same classes
(tests/machines compares every state and event), so that one path serves a command and a sweep of a million rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from statemachine import StateMachine

from lifecycle.errors import DomainError
from lifecycle.machines.check import AnyCase, Condition, Refused, Rule, needs_facts, refusals
from lifecycle.machines.contract import ContractLifecycle
from lifecycle.machines.dossier import Contract, Option, kind_of
from lifecycle.machines.drm_option import DrmOptionLifecycle
from lifecycle.machines.event import AnyEvent
from lifecycle.machines.part_machines import (
    CreditLifecycle,
    ErasureLifecycle,
    ItemChangeLifecycle,
    MeasureLifecycle,
    OutageLifecycle,
    UsageLifecycle,
)
from lifecycle.terms.order_of_days import no_contract_yet, over_since
from lifecycle.terms.ruling import Ruling, rulings_as_dicts


@dataclass(frozen=True, slots=True)
class Edge:
    """One transition: its target, its conditions, the event whose rules guard it."""

    target: str
    conditions: tuple[Condition, ...]
    event: AnyEvent

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that guard it."""
        return self.event.rules

    def applies(self, case: AnyCase) -> bool:
        """Whether all its conditions are met."""
        return not self.conditions or all(condition(case) for condition in self.conditions)


Table = Mapping[tuple[str, str], tuple[Edge, ...]]


class NotPossible(DomainError):
    """The event has no transition from the subject's state.

    allowed: the possible events. rulings: why, if the terms have a rule about it.
    """

    kind, title = "not-possible", "Not possible in this state"

    def __init__(
        self, event: str, state: str, allowed: Sequence[str] = (), rulings: tuple[Ruling, ...] = ()
    ) -> None:
        super().__init__(f"{event} is not possible in the state {state}")
        self.event, self.state, self.allowed, self.rulings = event, state, tuple(allowed), rulings

    @property
    def extras(self) -> Mapping[str, Any]:
        """The state and the possible events; the rulings, if any."""
        more = {"rulings": rulings_as_dicts(self.rulings)} if self.rulings else {}
        return {"state": self.state, "allowed_events": self.allowed, **more}


def read_off(machine: type[StateMachine]) -> Table:
    """Return the table (state, event) → edges of a machine class, in the order of its diagram."""
    table: dict[tuple[str, str], tuple[Edge, ...]] = {}
    for state in machine.states:
        for transition in state.transitions:
            (check,) = [spec.func for spec in transition.validators]
            edge = Edge(transition.target.id, tuple(spec.func for spec in transition.cond), check.event)
            key = (state.id, str(transition.event))
            assert check.event.name == key[1], f"{key} is guarded by {check.event.name}"
            table[key] = (*table.get(key, ()), edge)
    return table


MACHINES: Mapping[str, type[StateMachine]] = {
    "contract": ContractLifecycle,
    "option": DrmOptionLifecycle,
    "item_change": ItemChangeLifecycle,
    "measure": MeasureLifecycle,
    "credit": CreditLifecycle,
    "usage": UsageLifecycle,
    "erasure": ErasureLifecycle,
    "outage": OutageLifecycle,
}
TABLES: Mapping[str, Table] = {kind: read_off(machine) for kind, machine in MACHINES.items()}
OPENINGS: Mapping[str, AnyEvent] = {
    kind: machine.opens_with  # type: ignore[attr-defined]
    for kind, machine in MACHINES.items()
}
EVENTS: Mapping[str, Mapping[str, AnyEvent]] = {
    kind: {
        event.id: next(edges[0].event for (_, name), edges in TABLES[kind].items() if name == event.id)
        for event in machine.events  # type: ignore[attr-defined]
    }
    for kind, machine in MACHINES.items()
}
CLOCK_EVENTS = frozenset(
    event.name for events in EVENTS.values() for event in events.values() if not event.by_hand
)  # the clock's events, and those that follow from another event


@cache
def event_of(kind: str, name: str) -> AnyEvent:
    """Return the event of a kind with this name, including the opening one. Raises KeyError."""
    opening = OPENINGS[kind]
    return opening if opening.name == name else EVENTS[kind][name]


@cache
def beginning(kind: str) -> tuple[str, tuple[str, ...]]:
    """Return the event that opens a subject of a kind, and the states of the contract in which it is possible."""
    initial = tuple(state.id for state in MACHINES[kind].states if state.initial)
    return OPENINGS[kind].name, ("planned", "in_force") if kind == "measure" else initial


def target_of(case: AnyCase, event: str) -> str:
    """Return the state to which an event leads. Raises NotPossible, or Refused with every refusing ruling."""
    edges = TABLES[kind_of(case.subject)].get((case.subject.state, event))
    if not edges:
        raise not_possible(event, case)
    for edge in edges:
        if refusing := refusals(edge.rules, case):
            raise Refused(refusing)
        if edge.applies(case):
            return edge.target
    raise not_possible(event, case)


def allowed_events(case: AnyCase) -> list[str]:
    """Return the events that a person may enter now: those of the state that no rule refuses independently of the
    event's facts.
    """
    return [
        event
        for event, ways in _standing(kind_of(case.subject), case.subject.state)
        if not ways or any(all(rule(case) is None for rule in way) for way in ways)
    ]


@cache
def _standing(kind: str, state: str) -> list[tuple[str, list[list[Rule]]]]:
    """A state's events for people, and the rules of each transition that are independent of the event's facts.

    The list is empty if one transition of the event has no such rules: the event is then always possible.
    """
    table = TABLES[kind]
    found: list[tuple[str, list[list[Rule]]]] = []
    for event in EVENTS[kind]:
        if EVENTS[kind][event].by_hand and (state, event) in table:
            ways = [[rule for rule in edge.rules if not needs_facts(rule)] for edge in table[state, event]]
            found.append((event, ways if all(ways) else []))
    return found


def not_possible(event: str, case: AnyCase) -> NotPossible:
    """Return NotPossible for an event, with the possible events and the reason."""
    subject, option = case.subject, case.of_option
    rulings: tuple[Ruling, ...] = ()
    if event == "notify_cancellation" and subject.state == "applied":
        rulings = (no_contract_yet(case.terms(), option=option),)
    elif isinstance(subject, Contract | Option) and subject.terminated_on is not None:
        rulings = (over_since(subject.terminated_on, case.terms(), option=option),)
    allowed = allowed_events(case._replace(event_facts=None, fact_day=None))
    return NotPossible(event, subject.state, allowed, rulings)
