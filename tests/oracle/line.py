"""What is known at a place of the line, and every state and day that follows from it (R4 to R19, R28, R38).

No state is stored. Lists of entries that hold, and an instant: states, billing starts and ends are functions of
these two. An option is a holder like its contract; what differs says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from tests.oracle.days import civil, day_thirty, end_of, moment, start_of, term_last
from tests.oracle.entries import CONTRACT, Entry

DRM_NEEDS = "premium"


@dataclass
class Holder:
    """The contract or an option: the entries about it that hold, in legal order."""

    id: str
    opened: Entry | None = None
    accepted: Entry | None = None
    moves: list[Entry] = field(default_factory=list)  # of the billing start; the last one is the newest agreed
    notices: list[Entry] = field(default_factory=list)  # the customer's, and the company's ends
    revoked: set[str] = field(default_factory=set)
    agreements: list[Entry] = field(default_factory=list)
    fees: list[Entry] = field(default_factory=list)
    closed: Entry | None = None  # by reject or withdraw

    @property
    def standing(self) -> list[Entry]:
        return [notice for notice in self.notices if notice.id not in self.revoked]


@dataclass
class Change:
    """An item change."""

    id: str
    opened: Entry
    accepted: Entry | None = None
    fee: Entry | None = None  # set later
    closed: Entry | None = None

    @property
    def effective_on(self) -> date | None:
        return self.accepted.facts["effective_on"] if self.accepted and not self.closed else None

    @property
    def item(self) -> str:
        return str(self.opened.facts["item"])


@dataclass
class Measure:
    """A measure of Art. 10."""

    id: str
    taken: Entry
    lifted: Entry | None = None


class End(NamedTuple):
    """The last day in force, why, the entry that decided it, and days cut off an option's own term (R18)."""

    on: date
    decided_by: str
    entry: str
    cut_days: int = 0


class Turn(NamedTuple):
    """From this day on the contract has this item."""

    on: date
    item: str
    change: str | None


@dataclass
class Line:
    """Everything that holds up to a place. places, settled: of the whole set of entries (R28)."""

    places: dict[str, datetime]
    settled: list[tuple[str, datetime]]  # condition, instant
    contract: Holder = field(default_factory=lambda: Holder(CONTRACT))
    application: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Holder] = field(default_factory=dict)
    changes: dict[str, Change] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)
    people: list[Entry] = field(default_factory=list)

    @property
    def holders(self) -> Iterator[Holder]:
        yield self.contract
        yield from self.options.values()

    # --- billing start ------------------------------------------------------------------------

    def open_conditions(self) -> list[str]:
        """R28: what the delivery asked for needs and the application did not bring."""
        delivery = self.application.get("delivery") or {}
        domain = delivery.get("custom_domain")
        needed = {
            "domain": domain is not None and not domain.get("acquired"),
            "dns": domain is not None and not domain.get("dns_registered"),
            "certificate": bool(delivery.get("https")) and not delivery.get("certificate_obtained"),
        }
        return [name for name, open_ in needed.items() if open_]

    def agreed_start(self, holder: Holder, at: datetime) -> Entry | None:
        """The entry that had set the billing start by then: the newest move, else the acceptance."""
        moves = [move for move in holder.moves if self.places[move.id] <= at]
        return moves[-1] if moves else holder.accepted

    def held(self, at: datetime) -> bool:
        """R28: the agreed day came with a condition open. Only a newer agreement starts billing then.

        Conditions count that were settled before that day, or before the agreement was made where it reaches back.
        """
        needed = self.open_conditions()
        entry = self.agreed_start(self.contract, at) if needed else None
        if entry is None or start_of(entry.facts["billing_starts_on"]) > at:
            return False
        agreed: date = entry.facts["billing_starts_on"]
        end = self._own_end(self.contract, agreed)
        if end is not None and end.on < agreed:
            return False  # R11: the contract does not live to see that day
        comes = max(start_of(agreed), self.places[entry.id])
        move = entry.event == "reschedule_billing"

        def in_time(settled_at: datetime) -> bool:
            return settled_at < comes or (move and settled_at <= moment(entry.when))

        settled = {name for name, settled_at in self.settled if in_time(settled_at)}
        return any(name not in settled for name in needed)

    def start(self, holder: Holder, at: datetime) -> date | None:
        """S as agreed, None while held; an option's never before its contract's (R17)."""
        entry = self.agreed_start(holder, at)
        if entry is None or self.held(at):
            return None
        agreed: date = entry.facts["billing_starts_on"]
        if holder is self.contract:
            return agreed
        base = self.start(self.contract, at)
        return None if base is None else max(agreed, base)

    def begun(self, holder: Holder, at: datetime) -> bool:
        """R11: billing starts on S unless the end comes before it."""
        start, end = self.start(holder, at), self.end(holder, at)
        return start is not None and start_of(start) <= at and (end is None or end.on >= start)

    # --- end ----------------------------------------------------------------------------------

    def end(self, holder: Holder, at: datetime) -> End | None:
        """E of a contract or an option: R18 for the option, R38 and R12 for its own."""
        start = self.start(holder, at)
        own = self._own_end(holder, start)
        if holder is self.contract:
            return own
        base = self.end(self.contract, at)
        if base is None or (own is not None and own.on <= base.on):
            return own
        cut = max(0, (term_last(start) - base.on).days) if start is not None and start <= base.on else 0
        return End(base.on, "base_contract", base.entry, cut)

    def _own_end(self, holder: Holder, start: date | None) -> End | None:
        if holder.agreements:  # R38: the newest agreement decides, whatever notices say
            newest = max(holder.agreements, key=lambda entry: entry.agreed)
            return End(newest.facts["ends_on"], "agreement", newest.id)
        return min((effect(notice, start) for notice in holder.standing), key=lambda end: end.on, default=None)

    def over(self, holder: Holder, at: datetime) -> bool:
        """R3: whether the last day in force has passed."""
        end = self.end(holder, at) if holder.accepted else None
        return end is not None and end_of(end.on) <= at

    # --- states -------------------------------------------------------------------------------

    def state(self, holder: Holder, at: datetime) -> str | None:
        """The state at an instant, what is due at that very instant included; None before the application."""
        if holder.opened is None:
            return None
        if holder.closed is not None:
            return "rejected" if holder.closed.event == "reject" else "withdrawn"
        if holder.accepted is None:
            return "rejected" if self.over(self.contract, at) else "applied"
        if self.over(holder, at):
            return "terminated"
        if holder.standing or holder.agreements:
            return "cancel_notified"
        return "billing" if self.begun(holder, at) else "accepted"

    def change_state(self, change: Change, at: datetime) -> str:
        """R15, R19: an end at the same instant goes before the change and lets it lapse."""
        if change.closed is not None:
            return "rejected" if change.closed.event == "reject" else "withdrawn"
        day, end = change.effective_on, self.end(self.contract, at)
        if day is not None and start_of(day) <= at and (end is None or day <= end.on):
            return "effective"
        if self.over(self.contract, at):
            return "rejected"
        return "applied" if change.accepted is None else "accepted"

    def measure_state(self, measure: Measure, at: datetime) -> str:
        """R30: beside the contract, and over with it."""
        ends_at = self.measure_ends(measure, at)
        if measure.lifted is not None:
            return "lifted"
        if ends_at is not None and ends_at <= at:
            return "ended"
        return "in_force" if measure.taken.facts["starts_at"] <= at else "planned"

    def measure_ends(self, measure: Measure, at: datetime) -> datetime | None:
        """Its planned end or the contract's, whichever comes first."""
        end = self.end(self.contract, at)
        planned = measure.taken.facts.get("ends_at")
        return min((m for m in (planned, end_of(end.on) if end else None) if m is not None), default=None)

    # --- item ---------------------------------------------------------------------------------

    def turns(self, at: datetime) -> list[Turn]:
        """The item from the application on and every accepted change that the contract lives to see, by day."""
        end = self.end(self.contract, at)
        coming = [
            Turn(change.effective_on, change.item, change.id)
            for change in self.changes.values()
            if change.effective_on is not None and (end is None or change.effective_on <= end.on)
        ]
        return [Turn(date.min, self.application["item"], None), *sorted(coming, key=self._turn_key)]

    def _turn_key(self, turn: Turn) -> tuple[date, datetime, str]:
        accepted = self.changes[str(turn.change)].accepted
        assert accepted is not None
        return turn.on, self.places[accepted.id], accepted.id


def effect(notice: Entry, start: date | None) -> End:
    """What one notice brings about, or one end by the company (R2, R6, R8, R11, R31)."""
    if notice.event == "end_by_company":
        return End(notice.facts["ends_on"], "company", notice.id)
    thirty, chosen = day_thirty(civil(notice.when)), notice.facts.get("chosen_on")
    on, why = (chosen, "chosen_day") if chosen is not None and chosen > thirty else (thirty, "notice_period")
    if start is not None and start <= on < term_last(start):
        on, why = term_last(start), "minimum_term"
    return End(on, why, notice.id)


def item_on(turns: list[Turn], day: date) -> str:
    """The item of a day, by the turns up to it."""
    return [turn.item for turn in turns if turn.on <= day][-1]
