"""The definition of an event: its facts, rules, effect and rulings, its governing day, and how people enter it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial, reduce
from operator import or_
from typing import Any, Generic, Literal, TypeVar

from statemachine import State

from lifecycle.machines.body import Entering, Reasoned
from lifecycle.machines.check import AnyCase, Case, Refused, Rule, refusals
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entity import Entity
from lifecycle.machines.facts import Facts
from lifecycle.terms.editions import Editions
from lifecycle.terms.ruling import Ruling

SubjectT = TypeVar("SubjectT", bound=Entity)
FactsT = TypeVar("FactsT", bound=Facts)
Changes = Mapping[str, Any]  # fields of the subject with their new values
Rulings = tuple[Ruling, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock(Generic[SubjectT, FactsT]):
    """How the clock fires an event. rank: its order among the timers of one instant (R15). facts: taken from the
    subject and its dossier. cause: the id of the history row of the human event behind it. reads: the fields that
    its step reads from a subject without parts, besides state, timer and chain; subjects with equal values in them
    take the same step. None: each takes its own.
    """

    rank: int
    facts: Callable[[Dossier, SubjectT], FactsT]
    cause: Callable[[SubjectT, Dossier, Editions], str | None]
    reads: tuple[str, ...] | None = None


def no_changes(subject: Any, facts: Any, row: str) -> Changes:
    """An effect: only the state changes."""
    return {}


def no_rulings(case: AnyCase, after: Any, dossier: Dossier) -> Rulings:
    """The event is based on no rule."""
    return ()


def received_on(case: AnyCase) -> date:
    """The day on which the application was received: it governs events without a day of their own (R32).

    For an application received before the first version, that version's first day (R41).
    """
    day: date = vars(case.subject).get("received_on", case.contract.received_on)
    return max(day, case.editions.first_day)


Role = Literal["order_desk", "operator"]
DESK: frozenset[Role] = frozenset({"order_desk"})
OPERATOR: frozenset[Role] = frozenset({"operator"})
EITHER: frozenset[Role] = DESK | OPERATOR


@dataclass(frozen=True, slots=True, kw_only=True)
class EventInput:
    """How a person enters an event.

    body: the model of the request. facts: converts it into the event's facts; by default the model's own method.
    roles: who may enter it. summary: one line for the OpenAPI document. second_person: whether it needs a second
    person if the setting `four_eyes` is on. people: what it changes of the contract's people, of which the history
    only contains a commitment; None for nothing.
    """

    body: type[Reasoned]
    roles: frozenset[Role]
    summary: str
    second_person: bool = False
    people: Callable[[Any], Mapping[str, Any] | None] = lambda body: None
    facts: Callable[[Reasoned, Entering], Facts] = lambda body, entering: body.facts(entering)

    @property
    def may_be_left_out(self) -> bool:
        """Whether a request needs no body: only a reason and a day could be in it."""
        names = set(self.body.model_fields) - set(Reasoned.model_fields)
        stem = getattr(self.body, "DATED", "")
        required = any(field.is_required() for field in self.body.model_fields.values())
        return not required and names <= {f"{stem}_on", f"{stem}_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Generic[SubjectT, FactsT]):
    """One event of one kind of subject.

    name: as in the history and the API. facts: the class of its facts. effect: the subject's changed fields, from
    the subject, the facts and the id of the history row. rulings: from the case before, the subject after and the
    dossier after. governed_on: the day of the triggering fact, whose version of the terms governs the event and
    its refusals (R32). rules: each judges the case and refuses by a ruling. clock: set if the clock fires the
    event. follows: whether it follows from another event and nobody enters it. also_by_hand: whether people can
    enter it although the clock fires it too. happened: the name of the event's own day or instant in a body, as in
    `arrived_on` or `arrived_at`. rank: its order among entries of one instant (legal_order.py). setting: whether
    the newest agreement counts. ends: whether it is a notice or another declaration that ends. settles: whether it
    settles a condition. beside: whether it changes nothing on the line. timeless: whether it is a fact of the
    past, however late it becomes known. place: the earliest instant at which the entry changes anything, from its
    facts, its legal instant and the instant of recording; None: its legal instant. input: how people enter it
    through the API, None if they do not, or not separately.
    """

    name: str
    facts: type[FactsT]
    effect: Callable[[SubjectT, FactsT, str], Changes] = no_changes
    rulings: Callable[[Case[FactsT], SubjectT, Dossier], Rulings] = no_rulings
    governed_on: Callable[[Case[FactsT]], date] = received_on
    rules: tuple[Rule, ...] = ()
    clock: Clock[SubjectT, FactsT] | None = None
    follows: bool = False
    happened: str = "entered"
    rank: int = 4
    setting: bool = False
    ends: bool = False
    settles: bool = False
    beside: bool = False
    timeless: bool = False
    place: Callable[[FactsT, datetime, datetime], datetime] | None = None
    also_by_hand: bool = False
    input: EventInput | None = None

    @property
    def by_hand(self) -> bool:
        """Whether a person enters the event."""
        return self.also_by_hand or (self.clock is None and not self.follows)


AnyEvent = Event[Any, Any]


def guards(event: AnyEvent) -> Callable[[AnyCase], None]:
    """Return the validator of an event's transitions: it raises Refused with every refusing ruling.

    It names its event, so that the diagram alone shows all events. It is a partial, because the machine would bind
    a function in its body as a method.
    """
    check = partial(_check, event)
    check.event = event  # type: ignore[attr-defined]
    return check


def _check(event: AnyEvent, case: AnyCase) -> None:
    if refusing := refusals(event.rules, case):
        raise Refused(refusing)


def stays(*states: State, by: AnyEvent) -> Any:
    """Return an event from each of the states to itself, for the body of a StateMachine class."""
    return reduce(or_, (state.to(state, validators=guards(by)) for state in states))
