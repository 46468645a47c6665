"""The case that rules judge, and the rules that guard a transition. Every rule that refuses is reported."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

from lifecycle.errors import DomainError
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.facts import Facts
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import Editions, NotInForce
from lifecycle.terms.ruling import Ruling, of_the_house, rulings_as_dicts
from lifecycle.terms.version import Terms

FactsT = TypeVar("FactsT", bound=Facts, covariant=True)


class Case(NamedTuple, Generic[FactsT]):
    """The input of the rules of one event. subject: the contract, option or other part of the event. now: the
    instant of recording, with zone. at: the event's legal instant. event_facts: None if only the recorded facts
    are judged, that is, which events are possible at all.
    """

    dossier: Dossier
    subject: Any
    now: datetime
    editions: Editions
    event_facts: FactsT | None = None
    reason: str | None = None
    effective_at: datetime | None = None
    fact_day: date | None = None

    @property
    def facts(self) -> FactsT:
        """The event's own facts; there must be some."""
        assert self.event_facts is not None
        return self.event_facts

    @property
    def at(self) -> datetime:
        """The event's legal instant, by default now."""
        return self.effective_at or self.now

    @property
    def contract(self) -> Contract:
        """The contract of the dossier."""
        return self.dossier.contract

    @property
    def of_option(self) -> bool:
        """Whether the subject is an option: Art. 5(5) applies instead of Art. 6."""
        return isinstance(self.subject, Option)

    @property
    def now_day(self) -> date:
        """Today in Japan."""
        return tokyo_day(self.now)

    def governed(self, fact_day: date) -> "Case[FactsT]":
        """The same case on the day of its fact."""
        return Case(*self[:-1], fact_day)

    def terms(self, day: date | None = None) -> Terms:
        """The version in force on a day, by default on the day of the fact (R32).

        Without facts it is today's version. A day before the first version falls back to the version in force at
        the application: the rule about the terms in force refuses such a day itself.
        """
        if day is not None:
            return self.editions.on(day)
        for candidate in (self.fact_day, None):
            try:
                return self.editions.on(candidate or self.now_day)
            except NotInForce:
                continue
        return self.editions.no_earlier(self.dossier.contract.received_on)


AnyCase = Case[Any]


def governing(editions: Editions, dossier: Dossier, subject: Any, facts: Facts) -> Editions:
    """The editions that govern a contract at an event, by the conclusion of the contract, which may be this event
    (R42).
    """
    editions = editions.of(dossier.service)
    if not editions.late:
        return editions
    accepted = getattr(facts, "accepted_on", None) if isinstance(subject, Contract) else None
    return editions.reaching(dossier.contract.accepted_on or accepted)


Rule = Callable[[AnyCase], Ruling | None]
Condition = Callable[[AnyCase], bool]


class Refused(DomainError):
    """The terms, or only the service's own rules, refuse the event; `rulings` contains every refusing rule."""

    kind, title = "refused", "Refused by the terms"

    def __init__(self, rulings: tuple[Ruling, ...]) -> None:
        super().__init__("; ".join(ruling.because for ruling in rulings))
        self.rulings = rulings
        if of_the_house(rulings):
            self.title = "Refused by a house rule"

    @property
    def extras(self) -> Mapping[str, Any]:
        """Every ruling that refuses."""
        return {"rulings": rulings_as_dicts(self.rulings)}


def about_facts(rule: Callable[[Case[Any]], Ruling | None]) -> Rule:
    """Mark a rule that judges the event's own facts, not only the recorded ones."""
    rule.needs_facts = True  # type: ignore[attr-defined]
    return rule


def needs_facts(rule: Rule) -> bool:
    """Whether a rule judges the event's own facts."""
    return getattr(rule, "needs_facts", False)


def at_entry(rule: Rule) -> Rule:
    """Mark a rule about the act of entering: it is checked once, when a person enters the event."""
    rule.asked = "at_entry"  # type: ignore[attr-defined]
    return rule


def on_the_line(rule: Rule) -> Rule:
    """Mark a rule about other entries: a fold checks the finished line instead (line_rules.py)."""
    rule.asked = "on_the_line"  # type: ignore[attr-defined]
    return rule


def only_at_its_place(rule: Rule) -> Rule:
    """Mark a rule about the state that an entry meets: for a late entry, the state at its place and not
    today's.
    """
    rule.asked = "only_at_its_place"  # type: ignore[attr-defined]
    return rule


def asked(rule: Rule) -> str:
    """When a rule is checked for a late entry.

    `at_entry`: as it is entered; `only_at_its_place`: in the fold; `on_the_line`: on the finished line; `always`:
    as it is entered and in every fold.
    """
    return getattr(rule, "asked", "always")


@cache
def rules_asked(rules: tuple[Rule, ...], *when: str) -> tuple[Rule, ...]:
    """The rules that are checked at one of the times of `asked`."""
    return tuple([rule for rule in rules if asked(rule) in when])


def refusals(judges: Iterable[Rule], case: AnyCase) -> tuple[Ruling, ...]:
    """Every refusing ruling. Without facts, rules about the event's own facts are skipped."""
    judged = [rule(case) for rule in judges if case.event_facts is not None or not needs_facts(rule)]
    return tuple([ruling for ruling in judged if ruling is not None])


class NotDue(Exception):
    """A timer was fired before it is due: a fault of the program, never of the input (R3)."""


@cache
def due(event: str) -> Rule:
    """A rule: an event fires only by its own timer, at its instant or later (R3, R16). Raises NotDue."""

    def rule(case: AnyCase) -> None:
        due_event, due_at = case.subject.due_event, case.subject.due_at
        if due_event != event or due_at is None or case.now < due_at:
            raise NotDue(f"{case.subject.id}: {event} at {case.now}, but {due_event} is due at {due_at}")

    return rule
