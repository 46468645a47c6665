"""The only step: a dossier and an act in, the next dossier and its history entries out. Pure.

Commands, sweeps, previews, forecasts and as-of answers all use it. Due timers fire in the order of R15: instant,
then kind, then id; none fires early.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from lifecycle.machines.check import AnyCase, Case, NotDue, governing
from lifecycle.machines.derive import derive, standing_rulings
from lifecycle.machines.dossier import Contract, Dossier, Option, kind_of, row_id
from lifecycle.machines.event import AnyEvent
from lifecycle.machines.events.change_item import ChangeItem
from lifecycle.machines.events.take_effect import TakeEffect
from lifecycle.machines.facts import Facts
from lifecycle.machines.table import EVENTS, TABLES, event_of, target_of
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.ruling import Ruling
from lifecycle.terms.version import Terms

CLOCK = "clock"
RANKS: Mapping[tuple[str, str], int] = {
    (kind, event.name): event.clock.rank
    for kind, events in EVENTS.items()
    for event in events.values()
    if event.clock is not None
}  # rank among the timers of one instant
MOVES_NOTHING = frozenset(("start_billing", "terminate"))  # the days they depend on do not change


class Act(NamedTuple):
    """An act on a subject. effective_at: its legal instant; now: the instant of recording."""

    event: str
    subject_id: str
    facts: Facts
    actor: str
    now: datetime
    effective_at: datetime
    reason: str | None = None
    caused_by: str | None = None
    approver: str | None = None


class Moved(NamedTuple):
    """An option whose derived days moved with its contract's: the rulings before and after (R33)."""

    subject_id: str
    before: tuple[Ruling, ...]
    after: tuple[Ruling, ...]


class Entry(NamedTuple):
    """A history row to be written, still without hashes.

    before: the rulings behind the previous derived days, if the event changed them (R33). line: for a row that
    rewrites the history (rewrite.py): the seqs it supersedes or the row that caused it, and its step in the line.
    """

    subject: Any
    event: str
    from_state: str | None
    to_state: str
    act: Act
    due_at: datetime | None
    facts: Mapping[str, Any]
    rulings: tuple[Ruling, ...]
    before: tuple[Ruling, ...]
    terms: Terms
    moved: tuple[Moved, ...] = ()
    line: Mapping[str, Any] | None = None

    @property
    def row_id(self) -> str:
        """The id of the row."""
        return row_id(self.subject.id, self.subject.seq)


def apply_act(dossier: Dossier, act: Act, editions: Editions = EDITIONS) -> tuple[Dossier, tuple[Entry, ...]]:
    """Take one step, with the steps that immediately follow from it.

    Raises NotPossible, or Refused with every refusing ruling; then nothing has changed.
    """
    subject = dossier.subject(act.subject_id)
    editions = governing(editions, dossier, subject, act.facts)
    case = case_of(dossier, subject, act, editions)
    target = target_of(case, act.event)
    event, seq = event_of(subject.KIND, act.event), subject.seq + 1
    changes = event.effect(subject, act.facts, row_id(subject.id, seq))
    after = subject.replace(**changes, state=target, seq=seq, version=subject.version + 1)
    dossier = _touch_parts(derive(dossier.with_subject(after), editions), dossier)
    entries = [_entry(case, act, event, dossier)]
    cause = row_id(subject.id, seq)
    for follower, name, facts in followers(dossier, subject.id, act.event, act.facts):
        following = act._replace(event=name, subject_id=follower.id, facts=facts, caused_by=cause)
        dossier, more = apply_act(dossier, following, editions)
        entries.extend(more)
    return dossier, tuple(entries)


def case_of(dossier: Dossier, subject: Any, act: Act, editions: Editions) -> AnyCase:
    """Return the case of an act for its rules, governed by the version of the fact's own day (R32)."""
    case: AnyCase = Case(dossier, subject, act.now, editions, act.facts, act.reason, act.effective_at)
    if (subject.state, act.event) not in TABLES[subject.KIND]:
        return case
    return case.governed(event_of(subject.KIND, act.event).governed_on(case))


def fire(
    dossier: Dossier, subject_id: str, now: datetime, editions: Editions = EDITIONS
) -> tuple[Dossier, tuple[Entry, ...]]:
    """Fire a subject's due timer: legal instant = due, recorded = now (R16). Raises NotDue before its time."""
    subject = dossier.subject(subject_id)
    if subject.due_event is None or subject.due_at is None or now < subject.due_at:
        raise NotDue(f"{subject_id}: due at {subject.due_at}, now {now}")
    clock = event_of(subject.KIND, subject.due_event).clock
    assert clock is not None
    act = Act(
        subject.due_event, subject_id, clock.facts(dossier, subject), CLOCK, now, subject.due_at,
        caused_by=clock.cause(subject, dossier, editions.governing(dossier.contract)),
    )  # fmt: skip
    return apply_act(dossier, act, editions)


def _entry(case: AnyCase, act: Act, event: AnyEvent, dossier: Dossier) -> Entry:
    after = dossier.subject(act.subject_id)
    return Entry(
        after, act.event, case.subject.state, after.state, act,
        act.effective_at if act.actor == CLOCK else None,
        act.facts.to_json(), event.rulings(case, after, dossier), _before(case, act, dossier),
        case.terms(), _moved(case, act, dossier),
    )  # fmt: skip


def _moved(case: AnyCase, act: Act, dossier: Dossier) -> tuple[Moved, ...]:
    """The options whose days a contract's event moved; they have no row of their own for it."""
    if act.event in MOVES_NOTHING or not isinstance(case.subject, Contract) or not dossier.options:
        return ()
    old = {o.id: standing_rulings(o, case.dossier.contract, case.editions) for o in case.dossier.options}
    new = {o.id: standing_rulings(o, dossier.contract, case.editions) for o in dossier.options}
    return tuple(Moved(id_, old[id_], after) for id_, after in new.items() if after != old[id_])


def _before(case: AnyCase, act: Act, dossier: Dossier) -> tuple[Ruling, ...]:
    """The rulings behind the derived days before the event, if it changed them (R33)."""
    if act.event in MOVES_NOTHING or not isinstance(case.subject, Contract | Option):
        return ()
    before = standing_rulings(case.subject, case.dossier.contract, case.editions)
    after = standing_rulings(dossier.subject(act.subject_id), dossier.contract, case.editions)
    return before if before != after else ()


def followers(dossier: Dossier, subject_id: str, event: str, facts: Facts) -> list[tuple[Any, str, Facts]]:
    """The immediate results of an event for other subjects: lapsed applications, the changed item.

    Each with its event and facts; dossier: after the event.
    """
    if isinstance(facts, TakeEffect):
        change = ChangeItem(item=facts.item, effective_on=facts.effective_on)
        return [(dossier.contract, "change_item", change)]
    if event not in ("reject", "withdraw") or subject_id != dossier.contract.id:
        return []
    parts = (*dossier.options, *dossier.item_changes)
    return [(part, event, facts) for part in parts if part.state == "applied"]


def _touch_parts(dossier: Dossier, before: Dossier) -> Dossier:
    """Give parts whose derived values moved with the contract's a new version: their answer has changed."""
    parts = before.subjects[1:]
    if not parts:
        return dossier
    old = {part.id: part for part in parts}
    for part in dossier.subjects[1:]:
        was = old.get(part.id)
        if was is not None and part is not was and part != was and part.version == was.version:
            dossier = dossier.with_subject(part.replace(version=part.version + 1))
    return dossier


@dataclass(frozen=True, slots=True, order=True)
class Timer:
    """One timer; timers sort in the order in which they fire."""

    due_at: datetime
    rank: int
    subject_id: str
    event: str = field(compare=False)


def timers(dossier: Dossier) -> list[Timer]:
    """Return the running timers of a dossier, in order."""
    return sorted(_timers(dossier.subjects))


def next_due(dossier: Dossier, now: datetime) -> Timer | None:
    """Return the first timer due by now, None if none is."""
    due = [s for s in dossier.subjects if s.due_at is not None and s.due_at <= now]  # mostly none
    return min(_timers(due), default=None) if due else None


def _timers(subjects: Iterable[Any]) -> Iterator[Timer]:
    for s in subjects:
        if s.due_at is not None and s.due_event is not None:
            yield Timer(s.due_at, RANKS[kind_of(s), s.due_event], s.id, s.due_event)
