"""The fold: the entries that stand, in legal order, each judged at its place (R16, R35 to R37).

Input is a set; its order says nothing. The clock stores nothing either: what it has done by an instant follows
from the line, and is written down here as transitions with their legal instants and causes.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from tests.oracle.admit import HOLDS, Verdict, admit
from tests.oracle.days import end_of, start_of, term_last
from tests.oracle.entries import Entry, legal_key, places
from tests.oracle.line import DRM_NEEDS, Change, Holder, Line, Turn, item_on
from tests.oracle.prices import HELD, Prices, prices_on

BESIDE = frozenset(("usage", "outage", "credit"))  # never move the line
LAST = start_of(date(9000, 1, 1))  # the whole line is judged as all the clock's steps to come leave it
SETTLES = frozenset(("meet_condition", "waive_condition"))
TIMELESS = frozenset(("attribute", "record"))  # whose fault it was and what was used: facts of the past itself


class Transition(NamedTuple):
    """A step of the clock: at its due instant, caused by the entry that brought it about."""

    subject: str
    event: str
    at: datetime
    cause: str


@dataclass
class Folded:
    """The line at an instant.

    steps: what holds and what the clock did, in legal order. verdicts: for each entry placed by then whether it
    is in_force, invalidated or moot, and why. beside: the entries of usage, outages and claims, which are judged
    by what is derived from the line.
    """

    line: Line
    until: datetime
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    steps: list[Entry | Transition] = field(default_factory=list)
    beside: list[Entry] = field(default_factory=list)
    versions: Sequence[Prices] = HELD

    @property
    def transitions(self) -> list[Transition]:
        """The clock's steps alone."""
        return [step for step in self.steps if isinstance(step, Transition)]

    def prices(self, day: date) -> Prices:
        """The values in force on a day (R32)."""
        return prices_on(self.versions, day)

    @property
    def invalidated(self) -> dict[str, str]:
        """The entries that do not hold, with the rule that says so."""
        return {id_: verdict.why for id_, verdict in self.verdicts.items() if verdict.effect == "invalidated"}

    @cached_property
    def contract(self) -> dict[str, Any]:
        return self.holder(self.line.contract)

    @property
    def options(self) -> dict[str, dict[str, Any]]:
        return {id_: self.holder(option) for id_, option in self.line.options.items()}

    @property
    def item_changes(self) -> dict[str, str]:
        return {id_: self.line.change_state(change, self.until) for id_, change in self.line.changes.items()}

    @property
    def measures(self) -> dict[str, str]:
        return {id_: self.line.measure_state(one, self.until) for id_, one in self.line.measures.items()}

    def holder(self, holder: Holder) -> dict[str, Any]:
        """State and days of the contract or an option, named as in the API."""
        line, until = self.line, self.until
        state = line.state(holder, until)
        if state == "terminated":  # what was planned when it ended stays as it was
            end = line.end(holder, until)
            until = end_of(end.on) if end else until
        live = holder.accepted is not None and holder.closed is None
        start, end = (line.start(holder, until), line.end(holder, until)) if live else (None, None)
        starts = start is not None and (end is None or end.on >= start)
        return {
            "state": state,
            "billing_starts_on": start,
            "billing_begun": live and line.begun(holder, until),
            "billing_held": holder is line.contract and live and state != "terminated" and line.held(until),
            "minimum_term_ends_on": term_last(start) if start is not None and starts else None,
            "effective_on": end.on if end else None,
            "decided_by": end.decided_by if end else None,
            "decided_from": end.entry if end else None,
            "minimum_term_cut_days": end.cut_days if end else 0,
            "terminated_on": end.on if end and state == "terminated" else None,
        }

    @cached_property
    def turns(self) -> list[Turn]:
        return self.line.turns(self.until)

    def item_on(self, day: date) -> str:
        """The item of a day, the contract's end left aside."""
        return item_on(self.turns, day)


def fold(entries: Iterable[Entry], until: datetime, versions: Sequence[Prices] = HELD) -> Folded:
    """The line at an instant, of all these entries: what is placed later has not happened yet by then.

    What must hold on the whole line (an option only on Premium days, each change to another item) is judged on
    the whole of it: of two entries that exclude each other the one later in legal order does not hold.
    """
    entries = list(entries)
    placed = places(entries)
    ordered = sorted(entries, key=lambda entry: legal_key(entry, placed[entry.id]))
    settling = {entry.id for entry in entries if entry.event in SETTLES}
    excluded: dict[str, str] = {}
    while True:
        whole = _run(ordered, placed, LAST, excluded)
        unsettled = {id_: why for id_, why in whole.invalidated.items() if id_ not in excluded and id_ in settling}
        excluded |= unsettled  # a condition is settled only by an entry that holds
        conflict = first_conflict(whole.line, LAST) if not unsettled else None
        if conflict is not None:
            excluded[conflict[0]] = conflict[1]
        elif not unsettled:
            break
    found = whole if until == LAST else _run(ordered, placed, until, excluded)
    found.versions = versions
    return found


def _run(ordered: list[Entry], placed: dict[str, datetime], until: datetime, excluded: dict[str, str]) -> Folded:
    conditions = [entry for entry in ordered if entry.event in SETTLES and entry.id not in excluded]
    line = Line(placed, [(entry.facts["condition"], placed[entry.id]) for entry in conditions])
    found = Folded(line, until)
    for entry in ordered:
        at = placed[entry.id]
        if entry.kind in BESIDE and (at <= until or entry.event in TIMELESS):
            found.beside.append(entry)
        if entry.kind in BESIDE or at > until:
            continue
        _clock(found, at)
        if entry.id in excluded:
            found.verdicts[entry.id] = Verdict("invalidated", excluded[entry.id])
            continue
        found.verdicts[entry.id] = admit(line, entry, at)
        if found.verdicts[entry.id] == HOLDS:
            found.steps.append(entry)
    _clock(found, until)
    return found


# --- the clock --------------------------------------------------------------------------------


def _clock(found: Folded, at: datetime) -> None:
    """Writes down what the clock has done up to an instant, in R15's order, and not yet written."""
    written = set(found.transitions)
    while True:
        due = [d for d in _due(found.line, at) if d[2].at <= at and d[2] not in written]
        if not due:
            return
        _, _, one = min(due, key=lambda d: (d[2].at, d[0], d[1]))
        found.steps.append(one)
        written.add(one)


def _due(line: Line, at: datetime) -> list[tuple[int, str, Transition]]:
    """(R15's rank, id, step) of everything the clock does by the facts as they stand at an instant."""
    found = []
    for holder in line.holders:
        if holder.opened is None or holder.closed is not None:
            continue
        rank = 2 if holder is line.contract else 1
        end, start = line.end(holder, at), line.start(holder, at)
        if holder.accepted is None:
            if holder is not line.contract and end is not None:  # an application dies with the contract
                found.append((rank, holder.id, Transition(holder.id, "reject", end_of(end.on), end.entry)))
            continue
        if end is not None:
            found.append((rank, holder.id, Transition(holder.id, "terminate", end_of(end.on), end.entry)))
        setter = line.agreed_start(holder, at)
        assert setter is not None
        agreed: date = setter.facts["billing_starts_on"]
        if start is not None and (end is None or end.on >= start):
            found.append((4, holder.id, Transition(holder.id, "start_billing", start_of(start), setter.id)))
        elif start is None and holder is line.contract and (end is None or end.on >= agreed):
            found.append((4, holder.id, Transition(holder.id, "hold_billing", start_of(agreed), setter.id)))
    for change in line.changes.values():
        found += _due_change(line, change, at)
    return found


def _due_change(line: Line, change: Change, at: datetime) -> list[tuple[int, str, Transition]]:
    if change.closed is not None:
        return []
    day, end = change.effective_on, line.end(line.contract, at) if line.contract.accepted else None
    if day is not None and (end is None or day <= end.on):
        assert change.accepted is not None
        return [(3, change.id, Transition(change.id, "take_effect", start_of(day), change.accepted.id))]
    if end is not None:
        return [(3, change.id, Transition(change.id, "lapse", end_of(end.on), end.entry))]
    return []


# --- what must hold on the whole line ---------------------------------------------------------


def first_conflict(line: Line, at: datetime) -> tuple[str, str] | None:
    """The entry that does not hold beside another one, and the rule; None where all agree (R17, R19)."""
    if line.contract.accepted is None or line.contract.closed is not None:
        return None
    turns = line.turns(at)
    for before, turn in pairwise(turns):
        if turn.item == before.item:
            return _later(line, [turn.change, before.change]), "another_item"
        if turn.on == before.on:
            return _later(line, [turn.change, before.change]), "one_change_a_day"
    for option in line.options.values():
        basic = _first_basic(line, option, turns, at)
        if basic is not None:
            return _later(line, [option.id, basic.change]), "option_needs_premium"
    return None


def _first_basic(line: Line, option: Holder, turns: list[Turn], at: datetime) -> Turn | None:
    """The turn that gives the option, in its time in force, a day without Premium."""
    start, end = line.start(option, at), line.end(option, at)
    if option.accepted is None or start is None or (end is not None and end.on < start):
        return None
    for turn, following in zip(turns, [*turns[1:], None], strict=True):
        lasts = following is None or following.on > start
        if turn.item != DRM_NEEDS and lasts and (end is None or turn.on <= end.on):
            return turn
    return None


def _later(line: Line, subjects: Collection[str | None]) -> str:
    """Of the acceptances of some parts, the one that stands later in legal order."""
    holders = [line.options.get(s) or line.changes.get(s) for s in subjects if s is not None]
    accepted = [holder.accepted for holder in holders if holder is not None and holder.accepted is not None]
    return max(accepted, key=lambda entry: legal_key(entry, line.places[entry.id])).id
