"""Applies an entry: one step if it is in time, otherwise the history is rewritten (R16). Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from lifecycle.machines.check import Case, Refused
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entries import HumanEntry, entries_of
from lifecycle.machines.events.claim_credit import CLAIM_CREDIT
from lifecycle.machines.events.revoke_cancellation import RevokeCancellation
from lifecycle.machines.in_time import LATE_ALWAYS, Rows, are_derived, in_time, newest_place, noted, rows_stay
from lifecycle.machines.legal_order import place
from lifecycle.machines.line import Invalid
from lifecycle.machines.line_rules import holds
from lifecycle.machines.open import open_part
from lifecycle.machines.rewrite import Change, Head, Rewrite, rewrite
from lifecycle.machines.step import Act, Entry, apply_act, fire, next_due
from lifecycle.machines.table import NotPossible, not_possible
from lifecycle.terms.editions import EDITIONS, Editions

MOVE_ITEMS = frozenset(("contract", "option", "item_change"))


class Book(NamedTuple):
    """One recorded contract. dossier: as stored. rows: reads its history on demand. judged_from: entries recorded
    before it are not judged at their places.
    """

    dossier: Dossier
    rows: Rows
    editions: Editions = EDITIONS
    judged_from: Callable[[], datetime | None] = lambda: None


class Entered(NamedTuple):
    """The dossier after an entry, and the rows to be written. rewritten: None if one step was enough."""

    dossier: Dossier
    entries: tuple[Entry, ...]
    rewritten: Rewrite | None = None


class InvalidatedEntries(Exception):
    """Entries would lose their effect, and nobody has accepted this (R37). found: all changes."""

    def __init__(self, invalid: Sequence[Invalid], found: Rewrite) -> None:
        super().__init__(f"{len(invalid)} entries would no longer hold")
        self.invalid, self.found = tuple(invalid), found


def enter(
    book: Book, entry: HumanEntry, approver: str | None = None, accept_invalidated: frozenset[str] = frozenset()
) -> Entered:
    """Enter one entry, recorded at its `recorded_at`.

    Raises NotPossible, Refused, and InvalidatedEntries if entries lose their effect without acceptance.
    """
    entry = _with_notices(entry, book.dossier)
    if isinstance(entry.facts, RevokeCancellation) and not entry.facts.taken_back:
        apply_act(book.dossier, _act(entry, approver), book.editions)  # raises a refusal about an agreed end
        raise _nothing_possible(book, entry)
    if entry.event is CLAIM_CREDIT:
        refuse_second_claim(book.dossier, entry, book.editions)
    if in_time(book.dossier, entry, book.rows) and (found := _step(book, entry, approver)) is not None:
        return found
    change = Change(heads=(head_of(entry),), actor=entry.actor, now=entry.recorded_at, approver=approver)
    try:
        return change_history(book, change, lambda entries: [*entries, entry], accept_invalidated)
    except (NotPossible, Refused) as why:
        too_early = any(ruling.rule == "not_before_the_application" for ruling in why.rulings)
        if not entry.opens and (too_early or isinstance(why, NotPossible)):
            apply_act(
                book.dossier, _act(entry, approver), book.editions
            )  # raises Refused if its own facts are refused
        raise


def _nothing_possible(book: Book, entry: HumanEntry) -> NotPossible:
    subject = book.dossier.subject(entry.subject_id)
    return not_possible(
        entry.event.name, Case(book.dossier, subject, entry.recorded_at, book.editions, entry.facts)
    )


def refuse_second_claim(dossier: Dossier, entry: HumanEntry, editions: Editions) -> None:
    """Raise NotPossible for a claim to a credit that is already claimed or refused (R27)."""
    credit = dossier.subject(entry.subject_id)
    if credit.claimed_at is not None or credit.state == "refused":
        raise not_possible("claim", Case(dossier, credit, entry.recorded_at, editions, entry.facts))


def _with_notices(entry: HumanEntry, dossier: Dossier) -> HumanEntry:
    """Add the valid notices to a revocation: one that is entered later is not revoked (R13)."""
    facts = entry.facts
    if not isinstance(facts, RevokeCancellation) or facts.taken_back:
        return entry
    standing = tuple(
        notice.id for notice in dossier.subject(entry.subject_id).standing_notices if notice.by != "agreement"
    )
    return entry._replace(facts=replace(facts, notices=standing))


def head_of(entry: HumanEntry) -> Head:
    """The row that a late entry causes."""
    return Head(
        subject_id=entry.subject_id, event=entry.event.name, facts=entry.facts.to_json(), at=entry.at,
        reason=entry.reason, entry=entry.id, caused_by=entry.caused_by,
    )  # fmt: skip


def change_history(
    book: Book,
    change: Change,
    changed: Callable[[list[HumanEntry]], Sequence[HumanEntry]],
    accept_invalidated: frozenset[str] = frozenset(),
) -> Entered:
    """Rewrite the history for a change. changed: the valid entries after it, computed from those before.

    The due timers are not fired first, because the wrong ones might be among them. Raises NotPossible, Refused,
    InvalidatedEntries.
    """
    rows = book.rows()
    standing = entries_of(rows)
    after = list(changed(list(standing)))
    found = rewrite(book.dossier, rows, standing, after, change, book.editions, judged_from=book.judged_from())
    on_record = {entry.id for entry in standing}
    for invalid in found.after_line.invalid:
        if invalid.moot and invalid.entry.id not in on_record:
            raise invalid.why  # a notice or end that is new for a contract that was over by then (R14)
    if missing := [i for i in found.invalid if i.entry.id not in accept_invalidated]:
        raise InvalidatedEntries(missing, found)
    newest = newest_place(found.after_line.ordered)
    if any(not invalid.moot for invalid in found.after_line.invalid):
        newest = LATE_ALWAYS  # invalidated entries are tried again with every later entry
    dossier = found.after
    if newest is not None:
        contract = dossier.contract.replace(line_at=newest[0], line_rank=newest[1])
        dossier = dossier._replace(contract=contract)
    return Entered(dossier, found.entries, found)


def _step(book: Book, entry: HumanEntry, approver: str | None) -> Entered | None:
    """One step, after the timers that are due at its place; None if a credit or the line does not follow it."""
    now, editions = entry.recorded_at, book.editions
    caught_up, entries = catch_up(book.dossier, min(place(entry), now), editions, now)
    act = _act(entry, approver)
    if entry.opens:
        dossier, opening = open_part(caught_up, entry.opened(), act, editions)
        more: tuple[Entry, ...] = (opening,)
    else:
        dossier, more = apply_act(caught_up, act, editions)
    if not rows_stay(caught_up, dossier, now, editions):
        return None
    if entry.kind in MOVE_ITEMS and (dossier.item_changes or dossier.options) and not holds(dossier, editions):
        return None
    dossier, later = catch_up(noted(dossier, entry), now, editions)
    if not are_derived(dossier, now, editions):
        return None
    return Entered(dossier, (*entries, *more, *later))


def _act(entry: HumanEntry, approver: str | None) -> Act:
    return Act(
        entry.event.name, entry.subject_id, entry.facts, entry.actor, entry.recorded_at, entry.at, entry.reason,
        entry.caused_by, approver,
    )  # fmt: skip


def catch_up(
    dossier: Dossier, until: datetime, editions: Editions = EDITIONS, now: datetime | None = None
) -> tuple[Dossier, tuple[Entry, ...]]:
    """Return the dossier after all its timers due by an instant, in their order (R15). now: the instant of
    recording, if it is later.
    """
    entries: tuple[Entry, ...] = ()
    while (timer := next_due(dossier, until)) is not None:
        dossier, more = fire(dossier, timer.subject_id, now or until, editions)
        entries += more
    return dossier, entries
