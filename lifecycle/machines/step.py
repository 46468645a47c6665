"""The one step of the house: a dossier and an act in, the next dossier and its history entries out. Pure.

Commands, the sweep, previews, the forecast and as-of answers all take this step.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from lifecycle.machines.check import Case
from lifecycle.machines.effects import EFFECTS, facts_of, given_of_clock
from lifecycle.machines.facts import Contract, Dossier, Option, row_id
from lifecycle.machines.guards import NotDue
from lifecycle.machines.reasons import governing_day, rulings_of
from lifecycle.machines.settle import ending_of, settle, standing
from lifecycle.machines.table import target_of
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.ruling import Ruling

CLOCK = "clock"


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


class Entry(NamedTuple):
    """A history row about to be written; the audit adds the hashes.

    before: the rulings behind the derived days as they stood before, where the event changed them (R33).
    """

    subject: Contract | Option
    event: str
    from_state: str | None
    to_state: str
    act: Act
    due_at: datetime | None
    facts: Mapping[str, Any]
    rulings: tuple[Ruling, ...]
    before: tuple[Ruling, ...]
    terms: str


def take(dossier: Dossier, act: Act, editions: Editions = EDITIONS) -> tuple[Dossier, tuple[Entry, ...]]:
    """Takes one step, with the steps that follow from it at once.

    Raises NotPossible, or Refused with every ruling that refuses; then nothing has changed.
    """
    subject = dossier.subject(act.subject_id)
    case = Case(dossier, subject, act.now, editions, act.given, act.reason)
    target = target_of(case, act.event)
    seq = subject.seq + 1
    changed = EFFECTS[act.event](subject, act.given, row_id(subject.id, seq))
    after = changed.but(state=target, seq=seq, version=subject.version + 1)
    dossier = _touch_options(settle(dossier.with_subject(after), editions), dossier)
    entry = _entry(case, act, dossier)
    followers = _followers(dossier, act)
    entries = [entry]
    for follower in followers:
        dossier, more = take(dossier, follower, editions)
        entries.extend(more)
    return dossier, tuple(entries)


def fire(
    dossier: Dossier, subject_id: str, now: datetime, editions: Editions = EDITIONS
) -> tuple[Dossier, tuple[Entry, ...]]:
    """Fires a subject's due timer: legal instant = due, recorded = now (R16). Raises NotDue before its time."""
    subject = dossier.subject(subject_id)
    if subject.due_event is None or subject.due_at is None or now < subject.due_at:
        raise NotDue(f"{subject_id}: due at {subject.due_at}, now {now}")
    act = Act(
        subject.due_event, subject_id, given_of_clock(subject, subject.due_event), CLOCK, now, subject.due_at,
        caused_by=_cause(dossier, subject, editions),
    )  # fmt: skip
    return take(dossier, act, editions)


def _cause(dossier: Dossier, subject: Contract | Option, editions: Editions) -> str | None:
    """The human event behind a timer: the row that set the billing start, or the deciding notice."""
    if subject.due_event == "start_billing":
        return subject.billing_from
    end = ending_of(subject, dossier.contract, editions)
    return end.notice if end else None


def _entry(case: Case, act: Act, dossier: Dossier) -> Entry:
    after, contract = dossier.subject(act.subject_id), dossier.contract
    before: tuple[Ruling, ...] = ()
    if act.actor != CLOCK:  # the clock moves no derived day
        before = standing(case.subject, case.dossier.contract, case.editions)
        if before == standing(after, contract, case.editions):
            before = ()
    return Entry(
        after, act.event, case.subject.state, after.state, act,
        case.subject.due_at if act.actor == CLOCK else None,
        facts_of(act.given), rulings_of(act.event, case, after, contract),
        before,
        case.editions.on(governing_day(act.event, case)).version,
    )  # fmt: skip


def _followers(dossier: Dossier, act: Act) -> list[Act]:
    """What a contract's rejection or withdrawal means for its options' applications (R17)."""
    if act.event not in ("reject", "withdraw") or act.subject_id != dossier.contract.id:
        return []
    cause = row_id(act.subject_id, dossier.contract.seq)
    return [
        act._replace(subject_id=option.id, caused_by=cause)
        for option in dossier.options
        if option.state == "applied"
    ]


def _touch_options(dossier: Dossier, before: Dossier) -> Dossier:
    """Options whose derived days moved with the contract's get a new version: their answer has changed."""
    if dossier.options == before.options:
        return dossier
    old = {option.id: option for option in before.options}
    options = tuple(
        o.but(version=o.version + 1) if o != old.get(o.id) and o.version == old[o.id].version else o
        for o in dossier.options
    )
    return Dossier(dossier.contract, options)
