"""The one step of the house: a dossier and an act in, the next dossier and its history entries out. Pure.

Commands, the sweep, previews, the forecast and as-of answers all take this step.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from lifecycle.machines.check import Case
from lifecycle.machines.derive import derive, standing_rulings
from lifecycle.machines.dossier import Contract, Dossier, Option, row_id
from lifecycle.machines.effects import facts_of
from lifecycle.machines.kinds import KINDS
from lifecycle.machines.table import target_of
from lifecycle.machines.timers import NotDue
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.ruling import Ruling

CLOCK = "clock"
MOVES_NOTHING = frozenset(("start_billing", "terminate"))  # the days they rest on stay as they are


class Act(NamedTuple):
    """What is asked of a subject. effective_at: its legal instant; now: the instant of recording."""

    event: str
    subject_id: str
    given: Mapping[str, Any]
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
    """A history row about to be written; the audit adds the hashes.

    before: the rulings behind the derived days as they stood before, where the event changed them (R33).
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
    terms: str
    moved: tuple[Moved, ...] = ()


def apply_act(dossier: Dossier, act: Act, editions: Editions = EDITIONS) -> tuple[Dossier, tuple[Entry, ...]]:
    """Takes one step, with the steps that follow from it at once.

    Raises NotPossible, or Refused with every ruling that refuses; then nothing has changed.
    """
    subject = dossier.subject(act.subject_id)
    case = Case(dossier, subject, act.now, editions, act.given, act.reason)
    target = target_of(case, act.event)
    seq = subject.seq + 1
    changes = KINDS[subject.KIND].effects[act.event](subject, act.given, row_id(subject.id, seq))
    after = subject.replace(**changes, state=target, seq=seq, version=subject.version + 1)
    dossier = _touch_parts(derive(dossier.with_subject(after), editions), dossier)
    entry = _entry(case, act, dossier)
    followers = _followers(dossier, act)
    entries = [entry]
    for follower in followers:
        dossier, more = apply_act(dossier, follower, editions)
        entries.extend(more)
    return dossier, tuple(entries)


def fire(
    dossier: Dossier, subject_id: str, now: datetime, editions: Editions = EDITIONS
) -> tuple[Dossier, tuple[Entry, ...]]:
    """Fires a subject's due timer: legal instant = due, recorded = now (R16). Raises NotDue before its time."""
    subject = dossier.subject(subject_id)
    if subject.due_event is None or subject.due_at is None or now < subject.due_at:
        raise NotDue(f"{subject_id}: due at {subject.due_at}, now {now}")
    kind = KINDS[subject.KIND]
    act = Act(
        subject.due_event, subject_id, kind.clock_facts(dossier, subject, subject.due_event), CLOCK, now,
        subject.due_at, caused_by=kind.cause(subject, dossier, editions),
    )  # fmt: skip
    return apply_act(dossier, act, editions)


def _entry(case: Case, act: Act, dossier: Dossier) -> Entry:
    after, kind = dossier.subject(act.subject_id), KINDS[case.subject.KIND]
    return Entry(
        after, act.event, case.subject.state, after.state, act,
        act.effective_at if act.actor == CLOCK else None,
        facts_of(act.given), kind.rulings(act.event, case, after, dossier), _before(case, act, dossier),
        case.editions.on(kind.governed_on(act.event, case)).version, _moved(case, act, dossier),
    )  # fmt: skip


def _moved(case: Case, act: Act, dossier: Dossier) -> tuple[Moved, ...]:
    """The options whose days a contract's event moved; they have no row of their own for it."""
    if act.event in MOVES_NOTHING or not isinstance(case.subject, Contract) or not dossier.options:
        return ()
    old = {o.id: standing_rulings(o, case.dossier.contract, case.editions) for o in case.dossier.options}
    new = {o.id: standing_rulings(o, dossier.contract, case.editions) for o in dossier.options}
    return tuple(Moved(id_, old[id_], after) for id_, after in new.items() if after != old[id_])


def _before(case: Case, act: Act, dossier: Dossier) -> tuple[Ruling, ...]:
    """The rulings behind the derived days before the event, where it changed them (R33)."""
    if act.event in MOVES_NOTHING or not isinstance(case.subject, Contract | Option):
        return ()
    before = standing_rulings(case.subject, case.dossier.contract, case.editions)
    after = standing_rulings(dossier.subject(act.subject_id), dossier.contract, case.editions)
    return before if before != after else ()


def _followers(dossier: Dossier, act: Act) -> list[Act]:
    """What an event means at once for others: applications that fall, the item that changes."""
    if act.event not in ("take_effect", "reject", "withdraw"):
        return []
    cause = row_id(act.subject_id, dossier.subject(act.subject_id).seq)
    if act.event == "take_effect":
        given = {"item": act.given["item"], "effective_on": act.given["effective_on"]}
        contract_id = dossier.contract.id
        return [act._replace(event="change_item", subject_id=contract_id, given=given, caused_by=cause)]
    if act.subject_id != dossier.contract.id:
        return []
    return [
        act._replace(subject_id=part.id, caused_by=cause)
        for part in (*dossier.options, *dossier.item_changes)
        if part.state == "applied"
    ]


def _touch_parts(dossier: Dossier, before: Dossier) -> Dossier:
    """Parts whose derived values moved with the contract's get a new version: their answer has changed."""
    parts = before.subjects[1:]
    if not parts:
        return dossier
    old = {part.id: part for part in parts}
    for part in dossier.subjects[1:]:
        was = old.get(part.id)
        if was is not None and part is not was and part != was and part.version == was.version:
            dossier = dossier.with_subject(part.replace(version=part.version + 1))
    return dossier
