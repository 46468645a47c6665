"""The one way of an event: lock, facts, rules, machine, then rows and history in the same transaction.

An entry whose place is not before what is recorded takes one step from the row. Any other entry is folded in at
its place, and the history is rewritten where it differs (R16).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from lifecycle.commands.context import CommandContext, Stale
from lifecycle.commands.in_time import in_time, noted, stays_derived
from lifecycle.commands.rewriting import Rewritten, rewrite_history
from lifecycle.history.store import write
from lifecycle.machines.dossier import Dossier, row_id
from lifecycle.machines.entries import HumanEntry
from lifecycle.machines.facts import Facts
from lifecycle.machines.legal_order import place
from lifecycle.machines.rewrite import Change, Head
from lifecycle.machines.step import Act, Entry, apply_act, fire
from lifecycle.machines.table import event_of
from lifecycle.machines.timers import next_due
from lifecycle.records.mapping import load, owner_of
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.timers.fuse import refuse_held

NEWEST = 2**62  # the number of an entry that is being made: after all that are recorded


@dataclass(frozen=True, slots=True)
class Executed:
    """The dossier after an event; how the history was rewritten, None where the event took one step."""

    dossier: Dossier
    rewritten: Rewritten | None = None


def execute_event(
    conn: Connection,
    subject_id: str,
    event: str,
    facts: Facts,
    context: CommandContext,
    effective_at: datetime | None = None,
    editions: Editions = EDITIONS,
    commitment: str | None = None,
) -> Dossier:
    """Carries out one event on a contract or a part of it, in the caller's transaction.

    effective_at: the event's legal instant, by default the instant of recording. commitment: to personal data.
    Raises Unknown, Stale, NotPossible, Refused, InvalidatedEntries, Held, Overtaken; the caller rolls back.
    """
    return execute_entry(conn, subject_id, event, facts, context, effective_at, editions, commitment).dossier


def execute_entry(
    conn: Connection,
    subject_id: str,
    event: str,
    facts: Facts,
    context: CommandContext,
    effective_at: datetime | None = None,
    editions: Editions = EDITIONS,
    commitment: str | None = None,
) -> Executed:
    """As `execute_event`, with what a late entry changed."""
    before = load(conn, contract_id_of(conn, subject_id), lock=True)
    expect_version(before.subject(subject_id), context)
    entry = entry_of(before.subject(subject_id), event, facts, context, effective_at or context.now)
    commitments = {entry.id: commitment} if commitment is not None else {}
    if in_time(conn, before, entry, context.now):
        until = min(place(entry), context.now)
        caught_up, entries = catch_up(before, until, editions, context.now)
        act = Act(
            event, subject_id, facts, context.actor, context.now, entry.at, context.reason,
            approver=context.approver,
        )  # fmt: skip
        dossier, more = apply_act(caught_up, act, editions)
        dossier, later = catch_up(noted(dossier, entry), context.now, editions)
        if stays_derived(caught_up, dossier, entry, context.now, editions):
            refuse_held(conn, (*entries, *later))
            row = row_id(subject_id, caught_up.subject(subject_id).seq + 1)
            commitments = {row: commitment} if commitment is not None else {}
            return Executed(write(conn, before, dossier, (*entries, *more, *later), commitments))
    head = Head(
        subject_id=subject_id,
        event=event,
        facts=facts.to_json(),
        at=entry.at,
        reason=context.reason,
        entry=entry.id,
    )
    change = Change(heads=(head,), actor=context.actor, now=context.now, approver=context.approver)
    found = rewrite_history(
        conn, before, change, lambda entries: [*entries, entry], context, editions, commitments
    )
    return Executed(found.dossier, found)


def entry_of(subject: Any, event: str, facts: Facts, context: CommandContext, at: datetime) -> HumanEntry:
    """The entry that a person makes now."""
    return HumanEntry(
        id=row_id(subject.id, subject.seq + 1),
        subject_id=subject.id,
        kind=subject.KIND,
        event=event_of(subject.KIND, event),
        facts=facts,
        at=at,
        recorded_at=context.now,
        number=NEWEST,
        actor=context.actor,
        reason=context.reason,
    )


def expect_version(subject: Any, context: CommandContext) -> None:
    """Raises Stale where the subject is not at the version that the caller knows."""
    if context.expected_version not in (None, subject.version):
        raise Stale(context.expected_version or 0, subject.version)


def catch_up(
    dossier: Dossier, until: datetime, editions: Editions = EDITIONS, now: datetime | None = None
) -> tuple[Dossier, tuple[Entry, ...]]:
    """The dossier after all its timers due by an instant, in their order (R15).

    now: the instant of recording, where it is later.
    """
    entries: tuple[Entry, ...] = ()
    while (timer := next_due(dossier, until)) is not None:
        dossier, more = fire(dossier, timer.subject_id, now or until, editions)
        entries += more
    return dossier, entries


def contract_id_of(conn: Connection, subject_id: str) -> str:
    """The contract whose dossier holds the subject. Raises Unknown."""
    return owner_of(conn, subject_id)
