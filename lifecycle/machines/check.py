"""Rules on transitions: a check that names every rule that refuses, and the case they judge."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from lifecycle.machines.dossier import Dossier, Option
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import Editions, Terms
from lifecycle.terms.ruling import Ruling


class Case(NamedTuple):
    """What the rules of one event judge. given: the event's own typed facts; now: an instant with zone.

    subject: the contract, option or other part that the event is for.
    given is None when only the standing facts are asked about: which events are possible at all.
    """

    dossier: Dossier
    subject: Any
    now: datetime
    editions: Editions
    given: Mapping[str, Any] | None = None
    reason: str | None = None

    @property
    def option(self) -> Option:
        """The subject, known to be an option."""
        assert isinstance(self.subject, Option)
        return self.subject

    @property
    def of_option(self) -> bool:
        """Whether the subject is an option: Art. 5(5) speaks instead of Art. 6."""
        return isinstance(self.subject, Option)

    @property
    def now_day(self) -> date:
        """Today in Japan."""
        return tokyo_day(self.now)

    def terms(self, day: date | None = None) -> Terms:
        """The version in force on a day, or on the day the application was received."""
        received_on = vars(self.subject).get("received_on", self.dossier.contract.received_on)
        return self.editions.on(day or received_on)


Rule = Callable[[Case], Ruling | None]


class Refused(Exception):
    """The terms refuse the event; `rulings` holds every rule that does."""

    def __init__(self, rulings: tuple[Ruling, ...]) -> None:
        super().__init__("; ".join(ruling.because for ruling in rulings))
        self.rulings = rulings


def about_given(rule: Rule) -> Rule:
    """Marks a rule that judges the event's own facts, not only the standing ones."""
    rule.needs_given = True  # type: ignore[attr-defined]
    return rule


def needs_given(rule: Rule) -> bool:
    """Whether a rule judges the event's own facts."""
    return getattr(rule, "needs_given", False)


def refusals(judges: Iterable[Rule], case: Case) -> tuple[Ruling, ...]:
    """Every ruling that refuses; rules about the event's own facts are left out where none are given."""
    judged = [rule(case) for rule in judges if case.given is not None or not needs_given(rule)]
    return tuple([ruling for ruling in judged if ruling is not None])


def given(case: Case, name: str) -> Any:
    """One of the event's own facts, None where it was left out."""
    assert case.given is not None
    return case.given.get(name)


def rules(*judges: Rule) -> Callable[[Case], None]:
    """The validator of a transition: raises Refused with every ruling that refuses; `check.rules` lists them.

    A partial, not a function: a function in a machine's body would be bound, and be called with the machine.
    """
    check = partial(_check, judges)
    check.rules = judges  # type: ignore[attr-defined]
    return check


def _check(judges: tuple[Rule, ...], case: Case) -> None:
    if refusing := refusals(judges, case):
        raise Refused(refusing)
