"""The line: states, billing starts and ends as functions of the entries that hold and an instant (R4 to R38)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from lifecycle.audit.judging.days import DAY, NOTICE_DAYS, civil, end_of, moment, start_of, term_last
from lifecycle.audit.judging.entries import JudgedEntry
from lifecycle.audit.judging.subjects import (
    ClockStep,
    ItemFrom,
    JudgedEnd,
    JudgedHolder,
    JudgedPart,
)


@dataclass(slots=True)
class JudgedLine:
    """Everything that holds up to a place. places: of all entries. settled: conditions and instants (R28)."""

    places: dict[str, datetime] = field(default_factory=dict)
    settled: list[tuple[str, datetime]] = field(default_factory=list)
    contract: JudgedHolder = field(default_factory=lambda: JudgedHolder("contract"))
    application: dict[str, Any] = field(default_factory=dict)
    needed: tuple[str, ...] = ()  # conditions that the application did not bring (R28)
    options: dict[str, JudgedHolder] = field(default_factory=dict)
    changes: dict[str, JudgedPart] = field(default_factory=dict)
    measures: dict[str, JudgedPart] = field(default_factory=dict)
    people: list[JudgedEntry] = field(default_factory=list)
    follows: list[ClockStep] = field(default_factory=list)  # applications that fell with the contract's
    reopened: dict[str, datetime] = field(default_factory=dict)  # conditions that a change of the delivery opened
    ended: JudgedEnd | None = None  # the end that the newest revocation took back
    unheld: bool = False  # the agreed day has come with a condition open, and the clock has not held it yet

    @property
    def holders(self) -> list[JudgedHolder]:
        """The contract and its options."""
        return [self.contract, *self.options.values()] if self.options else [self.contract]

    def apply_for(self, facts: Mapping[str, Any]) -> None:
        """Takes what is applied for, or what of it changes."""
        self.application.update(facts)
        self.needed = conditions_needed(self.application.get("delivery") or {})

    def unsettled(self, in_time: Callable[[datetime], bool]) -> list[str]:
        """The conditions that are open but for those settled in time, and not opened again since."""
        since = self.reopened
        settled = {name for name, at in self.settled if in_time(at) and not (name in since and at < since[name])}
        return [name for name in self.needed if name not in settled]

    def agreed_start(self, holder: JudgedHolder, at: datetime) -> JudgedEntry | None:
        """The entry that had set the billing start by then: the newest move, else the acceptance."""
        for move in reversed(holder.moves):
            if self.places[move.id] <= at:
                return move
        return holder.accepted

    def held(self, at: datetime) -> bool:
        """R28: the agreed day came with a condition open. Only a newer agreement starts billing then.

        Conditions count that were settled before that day, or before the agreement was made where it reaches back.
        """
        entry = self.agreed_start(self.contract, at) if self.needed and not self.unheld else None
        if entry is None or start_of(entry.facts["billing_starts_on"]) > at:
            return False
        agreed: date = entry.facts["billing_starts_on"]
        end = self._own_end(self.contract, agreed)
        if end is not None and end.on < agreed:
            return False  # R11: the contract does not live to see that day
        comes, move = max(start_of(agreed), self.places[entry.id]), entry.event == "reschedule_billing"
        return bool(self.unsettled(lambda settled: settled < comes or (move and settled <= moment(entry.when))))

    def start(self, holder: JudgedHolder, at: datetime) -> date | None:
        """S as agreed, None while held; an option's never before its contract's (R17)."""
        entry = self.agreed_start(holder, at) if holder.moves else holder.accepted
        if entry is None or (self.needed and self.held(at)):
            return None
        agreed: date = entry.facts["billing_starts_on"]
        if holder is self.contract:
            return agreed
        base = self.start(self.contract, at)
        return None if base is None else max(agreed, base)

    def begun(self, holder: JudgedHolder, at: datetime) -> bool:
        """R11: billing starts on S unless the end comes before it."""
        start, end = self.start(holder, at), self.end(holder, at)
        return start is not None and start_of(start) <= at and (end is None or end.on >= start)

    def end(self, holder: JudgedHolder, at: datetime) -> JudgedEnd | None:
        """E of a contract or an option: R18 for the option, R38 and R12 for its own."""
        own, base = None, None
        if holder.notices or holder.agreements:
            own = self._own_end(holder, self.start(holder, at))
        if holder is self.contract:
            return own
        base = self.end(self.contract, at)
        if base is None or (own is not None and own.on <= base.on):
            return own
        start = self.start(holder, at)
        cut = max(0, (term_last(start) - base.on).days) if start is not None and start <= base.on else 0
        return JudgedEnd(base.on, "base_contract", base.entry, cut)

    def _own_end(self, holder: JudgedHolder, start: date | None) -> JudgedEnd | None:
        """As computed last, while nothing was added and billing starts on the same day."""
        given = start, len(holder.notices), len(holder.revoked), len(holder.agreements)
        if holder.ended[0] != given:
            holder.ended = given, self._new_end(holder, start)
        end: JudgedEnd | None = holder.ended[1]
        return end

    def _new_end(self, holder: JudgedHolder, start: date | None) -> JudgedEnd | None:
        if holder.agreements:  # R38: the newest agreement decides, whatever notices say
            newest = max(holder.agreements, key=lambda entry: entry.agreed)
            return JudgedEnd(newest.facts["ends_on"], "agreement", newest.id)
        return min((effect(notice, start) for notice in holder.standing), key=lambda end: end.on, default=None)

    def over(self, holder: JudgedHolder, at: datetime) -> bool:
        """R3: whether the last day in force has passed."""
        if holder.accepted is None or not (holder.notices or holder.agreements or holder is not self.contract):
            return False
        end = self.end(holder, at)
        return end is not None and end_of(end.on) <= at

    def state(self, holder: JudgedHolder, at: datetime) -> str | None:
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

    def change_state(self, change: JudgedPart, at: datetime) -> str:
        """R15, R19: an end at the same instant goes before the change and lets it lapse."""
        if change.closed is not None:
            return "rejected" if change.closed.event == "reject" else "withdrawn"
        day, end = change.effective_on, self.end(self.contract, at)
        if day is not None and start_of(day) <= at and (end is None or day <= end.on):
            return "effective"
        if self.over(self.contract, at):
            return "rejected"
        return "applied" if change.accepted is None else "accepted"

    def measure_state(self, measure: JudgedPart, at: datetime) -> str:
        """R30: beside the contract, and over with it."""
        ends_at = self.measure_ends(measure, at)
        if measure.lifted is not None:
            return "lifted"
        if ends_at is not None and ends_at <= at:
            return "ended"
        return "in_force" if measure.opened.facts["starts_at"] <= at else "planned"

    def measure_ends(self, measure: JudgedPart, at: datetime) -> datetime | None:
        """Its planned end or the contract's, whichever comes first."""
        end = self.end(self.contract, at)
        planned = measure.opened.facts.get("ends_at")
        return min((m for m in (planned, end_of(end.on) if end else None) if m is not None), default=None)

    def turns(self, at: datetime) -> list[ItemFrom]:
        """The item from the application on and every accepted change that the contract lives to see, by day."""
        first = ItemFrom(date.min, self.application["item"], None)
        if not self.changes:
            return [first]
        end = self.end(self.contract, at)
        coming = [
            (change.effective_on, self.places[change.accepted.id], change.accepted.id, change)
            for change in self.changes.values()
            if change.accepted and change.effective_on and (end is None or change.effective_on <= end.on)
        ]
        return [
            first,
            *(ItemFrom(on, one.opened.facts["item"], one.id) for on, _, _, one in sorted(coming, key=_by)),
        ]

    def state_of(self, kind: str, subject: str, at: datetime) -> str | None:
        """The state of the contract or of a part."""
        if kind == "item_change":
            return self.change_state(self.changes[subject], at) if subject in self.changes else None
        if kind == "measure":
            return self.measure_state(self.measures[subject], at) if subject in self.measures else None
        holder = self.contract if kind == "contract" else self.options.get(subject)
        return self.state(holder, at) if holder is not None else None


def _by(one: tuple[Any, ...]) -> tuple[Any, ...]:
    return one[:3]


def conditions_needed(delivery: Mapping[str, Any]) -> tuple[str, ...]:
    """R28: what the delivery asked for needs and the application did not bring."""
    if not delivery.get("https") and not delivery.get("custom_domain"):
        return ()
    domain = delivery.get("custom_domain")
    needed = {
        "domain": domain is not None and not domain.get("acquired"),
        "dns": domain is not None and not domain.get("dns_registered"),
        "certificate": bool(delivery.get("https")) and not delivery.get("certificate_obtained"),
    }
    return tuple([name for name, open_ in needed.items() if open_])


def effect(notice: JudgedEntry, start: date | None) -> JudgedEnd:
    """What one notice brings about, or one end by the company (R2, R6, R8, R11, R31)."""
    if notice.event == "end_by_company":
        return JudgedEnd(notice.facts["ends_on"], "company", notice.id)
    thirty, chosen = civil(notice.when) + NOTICE_DAYS * DAY, notice.facts.get("chosen_on")
    on, why = (chosen, "chosen_day") if chosen is not None and chosen > thirty else (thirty, "notice_period")
    if start is not None and start <= on < (last := term_last(start)):
        on, why = last, "minimum_term"
    return JudgedEnd(on, why, notice.id)


def item_on(turns: list[ItemFrom], day: date) -> str:
    """The item of a day, by the turns up to it."""
    return [turn.item for turn in turns if turn.on <= day][-1]
