"""What a fold finds: the transitions of the line in order, and the entries without effect (R16, R37)."""

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
    """One transition of the line. case: the situation before it; dossier: the one that it leads to.

    entry: the id of the entry behind it, None for the clock's and for followers. cause: the id of the entry behind
    a timer; of a follower what it follows from, the clock's transitions being named `<subject>~<event>`.
    people: the id of the row that says whom the entry names.
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
        """What makes two transitions the same one: a row is kept where its key is found again."""
        facts = orjson.dumps(self.case.facts.to_json(), option=orjson.OPT_SORT_KEYS)
        return self.subject_id, self.event.name, self.at, facts, self.cause


Key = tuple[str, str, datetime, bytes, str | None]


@dataclass(frozen=True, slots=True)
class Invalid:
    """An entry that the line does not allow: it stays an entry, without effect, and is tried again in every fold.

    moot: a notice after the end; it needs no acknowledgement. why: NotPossible or Refused.
    """

    entry: HumanEntry
    why: NotPossible | Refused
    moot: bool = False


@dataclass(slots=True)
class Line:
    """A fold: the dossier it leads to, its transitions in order, and the entries without effect.

    ordered: all its entries with their places.
    """

    dossier: Dossier | None = None
    transitions: list[Transition] = field(default_factory=list)
    invalid: list[Invalid] = field(default_factory=list)
    ordered: Sequence[tuple[datetime, HumanEntry]] = ()

    def copied(self, ordered: Sequence[tuple[datetime, HumanEntry]]) -> "Line":
        """The same line, to which others of its entries can be added."""
        return Line(self.dossier, [*self.transitions], [*self.invalid], ordered)
