"""The expected result: a contract computed a second time, from the entries alone.

It shares no code with the service: days come from tests.oracle, the order of timers at one instant from R15.
Credits are not computed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any, NamedTuple

from tests import oracle

TOKYO = timezone(timedelta(hours=9))
RANKS = {"option": 1, "contract": 2, "item_change": 3}  # of an end or a change; billing starts 4, the rest 5
OVER = ("rejected", "withdrawn", "terminated", "ended", "lifted", "effective")
CONDITIONS = ("domain", "dns", "certificate")


class Told(NamedTuple):
    """One event that the desk entered with success. subject: the id of its subject."""

    number: int
    at: datetime
    event: str
    subject: str
    facts: Mapping[str, Any]


class Fired(NamedTuple):
    """One thing that the clock did or should have done."""

    due_at: datetime
    subject: str
    event: str


@dataclass
class Thing:
    """The timers of a contract, option, item change or measure. notices: arrival, chosen, by, stands."""

    id: str
    kind: str
    state: str = "applied"
    planned: date | None = None
    billing: bool = False
    held: bool = False
    conditions: set[str] = field(default_factory=set)
    notices: list[list[Any]] = field(default_factory=list)
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def end(self, start: date | None) -> date | None:
        """The last day by its own notices (R6, R8, R12, R31)."""
        days = [_effect(arrived, chosen, by, start) for arrived, chosen, by, stands in self.notices if stands]
        return min(days, default=None)


class Life:
    """One contract with its parts. fired: the timers fired so far, in order."""

    def __init__(self, told: Told) -> None:
        self.contract = Thing(told.subject, "contract", conditions=set(told.facts["conditions"]))
        self.parts: dict[str, Thing] = {}
        self.fired: list[Fired] = []
        self.accepted_at: datetime | None = None
        for option in told.facts["options"]:
            self.parts[option] = Thing(option, "option")

    def tell(self, told: Told) -> None:
        """An act of a person, after everything that was due by then."""
        self.until(told.at)
        thing = self.contract if told.subject == self.contract.id else self.parts.get(told.subject)
        getattr(self, f"_{told.event}")(thing, told.facts, told)

    def until(self, now: datetime) -> None:
        """Lets the clock run."""
        while due := [
            one for one in map(self._due, (self.contract, *self.parts.values())) if one and one[0] <= now
        ]:
            at, _, subject, event = min(due)
            self._fire(subject, event)
            self.fired.append(Fired(at, subject, event))
            if event == "take_effect":
                self.fired.append(Fired(at, self.contract.id, "change_item"))

    @property
    def over(self) -> date | None:
        """The contract's last day, None if it is not known."""
        return self.contract.end(self._start(self.contract)) if self.contract.planned else None

    def _start(self, thing: Thing) -> date | None:
        base = None if self.contract.held else self.contract.planned
        if thing.kind == "contract" or base is None or thing.planned is None:
            return base if thing.planned else None
        return max(thing.planned, base)

    def _due(self, thing: Thing) -> tuple[datetime, int, str, str] | None:
        if thing.state in OVER:
            return None
        found = getattr(self, f"_due_{thing.kind}")(thing)
        if found is None:
            return None
        at, event = found
        ends = event in ("terminate", "reject", "take_effect", "lapse")
        rank = RANKS[thing.kind] if ends else 4 if thing.kind in ("contract", "option") else 5
        return at, rank, thing.id, event

    def _due_contract(self, contract: Thing) -> tuple[datetime, str] | None:
        return self._starts_or_ends(contract, self.over) if contract.planned else None

    def _due_option(self, option: Thing) -> tuple[datetime, str] | None:
        base = self.over
        if option.planned is None:
            return (_end_of(base), "reject") if base else None
        own = option.end(self._start(option))
        return self._starts_or_ends(option, min((e for e in (own, base) if e), default=None))

    def _starts_or_ends(self, thing: Thing, end: date | None) -> tuple[datetime, str] | None:
        start = self._start(thing)
        if start is not None and not thing.billing and (end is None or end >= start):
            return _begin(start), "hold_billing" if thing.conditions else "start_billing"
        return (_end_of(end), "terminate") if end else None

    def _due_item_change(self, change: Thing) -> tuple[datetime, str] | None:
        over = _end_of(self.over) if self.over else None
        if over and (change.starts_at is None or over <= change.starts_at):
            return over, "lapse"
        return (change.starts_at, "take_effect") if change.starts_at else None

    def _due_measure(self, measure: Thing) -> tuple[datetime, str] | None:
        assert measure.starts_at is not None
        ends = [at for at in (measure.ends_at, _end_of(self.over) if self.over else None) if at]
        if measure.state == "planned" and (not ends or measure.starts_at < min(ends)):
            return measure.starts_at, "start"
        return (min(ends), "end") if ends else None

    def _fire(self, subject: str, event: str) -> None:
        thing = self.contract if subject == self.contract.id else self.parts[subject]
        match event:
            case "start_billing":
                thing.billing = True
            case "hold_billing":
                thing.held = True
            case "start":
                thing.state = "in_force"
            case _:
                thing.state = {
                    "terminate": "terminated", "take_effect": "effective", "end": "ended",
                }.get(event, "rejected")  # fmt: skip

    # --- acts of people -----------------------------------------------------------------------

    def _accept(self, thing: Thing, facts: Mapping[str, Any], told: Told) -> None:
        if thing.kind == "item_change":
            thing.starts_at = _begin(facts["starts_on"])
        else:
            thing.planned = facts["starts_on"]
        if thing is self.contract:
            self.accepted_at = told.at

    def _reschedule_billing(self, thing: Thing, facts: Mapping[str, Any], told: Told) -> None:
        things = (self.contract, *(part for part in self.parts.values() if part.kind == "option"))
        before = [self._start(one) for one in things]
        thing.planned, thing.held = facts["starts_on"], False
        for one, start in zip(things, before, strict=True):
            one.billing = one.billing and self._start(one) == start  # to before a start that fired: it fires anew

    def _notify_cancellation(self, thing: Thing, facts: Mapping[str, Any], told: Told) -> None:
        thing.notices.append([facts["arrived_on"], facts["chosen_on"], "customer", True])

    def _end_by_company(self, thing: Thing, facts: Mapping[str, Any], told: Told) -> None:
        thing.notices.append([None, facts["ends_on"], "company", True])

    def _revoke_cancellation(self, thing: Thing, facts: Mapping[str, Any], told: Told) -> None:
        for index, notice in enumerate(thing.notices):
            notice[3] = notice[3] and facts["which"] not in (None, index)

    def _meet_condition(self, thing: Thing, facts: Mapping[str, Any], told: Told) -> None:
        thing.conditions.discard(facts["condition"])

    _waive_condition = _meet_condition

    def _reject(self, thing: Thing, facts: Mapping[str, Any], told: Told) -> None:
        thing.state = "rejected"
        for part in self.parts.values() if thing is self.contract else ():
            if part.state == "applied" and part.planned is None and part.starts_at is None:
                part.state = "rejected"

    _withdraw = _reject

    def _apply_for_option(self, thing: None, facts: Mapping[str, Any], told: Told) -> None:
        self.parts[told.subject] = Thing(told.subject, "option")

    def _apply_for_item_change(self, thing: None, facts: Mapping[str, Any], told: Told) -> None:
        self.parts[told.subject] = Thing(told.subject, "item_change")

    def _take_measure(self, thing: None, facts: Mapping[str, Any], told: Told) -> None:
        state = "in_force" if facts["starts_at"] <= told.at else "planned"
        self.parts[told.subject] = Thing(
            told.subject, "measure", state, starts_at=facts["starts_at"], ends_at=facts["ends_at"]
        )

    def _lift_measure(self, thing: Thing, facts: Mapping[str, Any], told: Told) -> None:
        thing.state = "lifted"


def _effect(arrived: date | None, chosen: date | None, by: str, start: date | None) -> date:
    if by == "customer":
        assert arrived is not None
        return oracle.ending(start, [(arrived, chosen)])["effective_on"]
    assert chosen is not None
    return chosen  # the minimum term does not bind the company (R31)


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=TOKYO)


def _end_of(day: date) -> datetime:
    return _begin(day) + timedelta(days=1)
