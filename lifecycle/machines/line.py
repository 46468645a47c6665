"""The result of a fold: the transitions of the line in order, and the entries without effect (R16, R37)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from lifecycle.machines.check import AnyCase, Refused
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entries import HumanEntry
from lifecycle.machines.event import AnyEvent
from lifecycle.machines.table import NotPossible
from lifecycle.terms.version import Terms


class Transition(NamedTuple):
    """One transition of the line. case: the situation before it; dossier: the result.

    entry: the id of the entry behind it, None for the clock's and for followers. cause: the id of the entry behind
    a timer; for a follower the transition that it follows from, where the clock's are named `<subject>~<event>`.
    people: the id of the row with the people that the entry names.
    """

    case: AnyCase
    dossier: Dossier
    event: AnyEvent
    at: datetime
    from_state: str | None
    to_state: str
    actor: str
    entry: str | None = None
    cause: str | None = None
    people: str | None = None

    @property
    def subject_id(self) -> str:
        """The id of its subject."""
        subject_id: str = self.case.subject.id
        return subject_id

    @property
    def subject(self) -> Any:
        """Its subject after it."""
        return self.dossier.subject(self.subject_id)

    @property
    def terms(self) -> Terms:
        """The version that governs it."""
        return self.case.governed(self.event.governed_on(self.case)).terms()

    @property
    def key(self) -> "Key":
        """What identifies a transition: a row is kept if the fold contains its key."""
        facts = orjson.dumps(self.case.facts.to_json(), option=orjson.OPT_SORT_KEYS)
        return self.subject_id, self.event.name, self.at, facts, self.cause


Key = tuple[str, str, datetime, bytes, str | None]


@dataclass(frozen=True, slots=True)
class Invalid:
    """An entry that the line does not allow: it remains an entry, without effect, and every fold tries it again.

    moot: a notice after the end, which needs no acknowledgement. why: NotPossible or Refused.
    """

    entry: HumanEntry
    why: NotPossible | Refused
    moot: bool = False


@dataclass(slots=True)
class Line:
    """A fold: the resulting dossier, its transitions in order, and the entries without effect.

    ordered: all entries with their places.
    """

    dossier: Dossier | None = None
    transitions: list[Transition] = field(default_factory=list)
    invalid: list[Invalid] = field(default_factory=list)
    ordered: Sequence[tuple[datetime, HumanEntry]] = ()

    def copied(self, ordered: Sequence[tuple[datetime, HumanEntry]]) -> "Line":
        """A copy of the line, to which further entries can be added."""
        return Line(self.dossier, [*self.transitions], [*self.invalid], ordered)
