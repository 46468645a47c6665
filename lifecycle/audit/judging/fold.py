"""The fold: entries at their places, and the clock's steps between them (R15, R16, R35 to R37)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise

from lifecycle.audit.judging.admit import HOLDS, JudgedEffect, admit, falls
from lifecycle.audit.judging.days import DRM_NEEDS, FAR, end_of, moment, start_of
from lifecycle.audit.judging.entries import OFF_THE_LINE, SETTLES, JudgedEntry, in_legal_order, places
from lifecycle.audit.judging.line import JudgedLine
from lifecycle.audit.judging.subjects import ClockStep

NEIGHBOURS = ("option", "item_change")  # may exclude one another
Seen = Callable[[JudgedLine, JudgedEntry | ClockStep, datetime, JudgedEffect], None]


def unseen(line: JudgedLine, step: JudgedEntry | ClockStep, at: datetime, found: JudgedEffect) -> None:
    """Nobody looks."""


def fold(
    entries: Iterable[JudgedEntry], until: datetime, seen: Seen = unseen
) -> tuple[JudgedLine, list[ClockStep], dict[str, str]]:
    """The line at an instant of all these entries, the clock's steps, and why some entries do not hold.

    What must hold on the whole line (an option only on Premium days, each change to another item) is judged on the
    whole of it: of two entries that exclude each other the one later in legal order does not hold.
    """
    entries = [entry for entry in entries if entry.kind not in OFF_THE_LINE]
    placed = places(entries)
    ordered = in_legal_order(entries, placed)
    excluded: dict[str, str] = {}
    while any(entry.event in SETTLES or entry.kind in NEIGHBOURS for entry in ordered):
        line, _, invalid = _run(ordered, placed, FAR, excluded, unseen)
        unsettled = {
            e.id: invalid[e.id] for e in ordered if e.event in SETTLES and e.id in invalid and e.id not in excluded
        }
        excluded |= unsettled  # a condition is settled only by an entry that holds
        conflict = first_conflict(line, FAR, ordered) if not unsettled else None
        if conflict is not None:
            excluded[conflict[0]] = conflict[1]
        elif not unsettled:
            break
    return _run(ordered, placed, until, excluded, seen)


def _run(
    ordered: Sequence[JudgedEntry],
    placed: dict[str, datetime],
    until: datetime,
    excluded: Mapping[str, str],
    seen: Seen,
) -> tuple[JudgedLine, list[ClockStep], dict[str, str]]:
    settled = [
        (e.facts["condition"], placed[e.id]) for e in ordered if e.event in SETTLES and e.id not in excluded
    ]
    line, invalid = JudgedLine(placed, settled), dict[str, str]()
    steps: list[ClockStep] = []
    for entry in ordered:
        at = placed[entry.id]
        if at > until:
            break
        _clock(line, steps, at, seen)
        found = falls(excluded[entry.id]) if entry.id in excluded else admit(line, entry, at)
        if found.effect == "invalidated":
            invalid[entry.id] = found.why
        seen(line, entry, at, found)
    _clock(line, steps, until, seen)
    return line, steps, invalid


def _clock(line: JudgedLine, steps: list[ClockStep], at: datetime, seen: Seen) -> None:
    """Takes the clock's steps up to an instant that are not taken yet, in R15's order."""
    due = [one for one in due_steps(line, at) if one[2].at <= at and one[2] not in steps]
    if len(due) > 1:
        due.sort(key=lambda one: (one[2].at, *one[:2]))
    for _, _, step in due:  # no step changes what else is due
        steps.append(step)
        seen(line, step, step.at, HOLDS)


def due_steps(line: JudgedLine, at: datetime) -> list[tuple[int, str, ClockStep]]:
    """(R15's rank, id, step) of everything the clock does by the facts as they stand at an instant."""
    found = []
    base = line.end(line.contract, at)
    for holder in line.holders:
        if holder.opened is None or holder.closed is not None:
            continue
        contract = holder is line.contract
        rank, end = 2 if contract else 1, base if contract else line.end(holder, at)
        if holder.accepted is None:
            if not contract and end is not None:  # an application dies with the contract
                found.append((rank, holder.id, ClockStep(holder.id, "reject", end_of(end.on), end.entry)))
            continue
        if end is not None:
            found.append((rank, holder.id, ClockStep(holder.id, "terminate", end_of(end.on), end.entry)))
        start, setter = line.start(holder, at), line.agreed_start(holder, at)
        assert setter is not None
        agreed: date = setter.facts["billing_starts_on"]
        if start is not None and (end is None or end.on >= start):
            found.append((4, holder.id, ClockStep(holder.id, "start_billing", start_of(start), setter.id)))
        elif start is None and contract and (end is None or end.on >= agreed):
            found.append((4, holder.id, ClockStep(holder.id, "hold_billing", start_of(agreed), setter.id)))
    for change in line.changes.values():
        day = change.effective_on
        if change.closed is None and change.accepted and day is not None and (base is None or day <= base.on):
            found.append((3, change.id, ClockStep(change.id, "take_effect", start_of(day), change.accepted.id)))
        elif change.closed is None and base is not None:
            found.append((3, change.id, ClockStep(change.id, "lapse", end_of(base.on), base.entry)))
    for measure in line.measures.values():
        facts, ends_at = measure.opened.facts, line.measure_ends(measure, at)
        starts_at, taken = facts["starts_at"], line.places[measure.opened.id]
        lifted = measure.lifted is not None and line.places[measure.lifted.id] < starts_at
        if not lifted and starts_at > moment(measure.opened.when) and (ends_at is None or starts_at < ends_at):
            found.append((5, measure.id, ClockStep(measure.id, "start", starts_at, measure.opened.id)))
        if measure.lifted is None and ends_at is not None:
            by_end = base is not None and facts.get("ends_at") != ends_at
            cause = base.entry if base is not None and by_end else measure.opened.id
            found.append((5, measure.id, ClockStep(measure.id, "end", max(ends_at, taken), cause)))
    return found


def first_conflict(line: JudgedLine, at: datetime, ordered: Sequence[JudgedEntry]) -> tuple[str, str] | None:
    """The entry that does not hold beside another one, and the rule; None where all agree (R17, R19)."""
    if line.contract.accepted is None or line.contract.closed is not None:
        return None
    turns, accepted = line.turns(at), {entry.subject: entry.id for entry in ordered if entry.event == "accept"}

    def later(*subjects: str | None) -> str:
        return [id_ for subject, id_ in accepted.items() if subject in subjects][-1]

    for before, turn in pairwise(turns):
        if turn.item == before.item:
            return later(turn.change, before.change), "another_item"
        if turn.on == before.on:
            return later(turn.change, before.change), "one_change_a_day"
    for option in line.options.values():
        start, end = line.start(option, at), line.end(option, at)
        if option.accepted is None or start is None or (end is not None and end.on < start):
            continue
        for turn, following in zip(turns, [*turns[1:], None], strict=True):
            lasts = following is None or following.on > start
            if turn.item != DRM_NEEDS and lasts and (end is None or turn.on <= end.on):
                return later(option.id, turn.change), "option_needs_premium"
    return None
