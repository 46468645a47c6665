"""What the line is made of: the contract and its options, item changes and measures, ends, steps of the clock."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from lifecycle.audit.judging.entries import JudgedEntry

IN_FORCE = ("accepted", "billing", "cancel_notified")
LIVE = ("applied", *IN_FORCE)
VOID = {"option": "rejected", "item_change": "rejected", "measure": "ended"}  # where the opening has no effect


@dataclass(slots=True)
class JudgedHolder:
    """The contract or an option: the entries about it that hold, in legal order."""

    id: str
    opened: JudgedEntry | None = None
    accepted: JudgedEntry | None = None
    moves: list[JudgedEntry] = field(
        default_factory=list
    )  # of the billing start; the last one is the newest agreed
    notices: list[JudgedEntry] = field(default_factory=list)  # the customer's, and the company's ends
    revoked: set[str] = field(default_factory=set)
    agreements: list[JudgedEntry] = field(default_factory=list)
    fees: list[JudgedEntry] = field(default_factory=list)
    closed: JudgedEntry | None = None  # by reject or withdraw
    form_arrived: bool = False
    ended: tuple[Any, Any] = (None, None)  # what its own end was last computed from, and that end

    @property
    def in_form(self) -> bool:
        """Whether the application is in the company's form by now (R44)."""
        return self.form_arrived or self.opened is None or self.opened.facts.get("in_form") is not False

    @property
    def standing(self) -> list[JudgedEntry]:
        """The notices that nobody took back."""
        if not self.revoked:
            return self.notices
        return [notice for notice in self.notices if notice.id not in self.revoked]


@dataclass(slots=True)
class JudgedPart:
    """An item change or a measure. fee: set later. lifted: of a measure."""

    id: str
    opened: JudgedEntry
    accepted: JudgedEntry | None = None
    fee: JudgedEntry | None = None
    closed: JudgedEntry | None = None
    lifted: JudgedEntry | None = None

    @property
    def effective_on(self) -> date | None:
        """The day of an accepted item change."""
        return self.accepted.facts["effective_on"] if self.accepted and not self.closed else None


class JudgedEnd(NamedTuple):
    """The last day in force, why, the entry that decided it, and days cut off an option's own term (R18)."""

    on: date
    decided_by: str
    entry: str
    cut_days: int = 0


class ItemFrom(NamedTuple):
    """From this day on the contract has this item."""

    on: date
    item: str
    change: str | None


class ClockStep(NamedTuple):
    """A step of the clock, or what follows from one at once: at its instant, caused by an entry."""

    subject: str
    event: str
    at: datetime
    cause: str
