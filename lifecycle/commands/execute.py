"""The one road: lock, facts, due timers first, rules, machine, then rows and history in the same transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from lifecycle.commands.context import CommandContext, Stale
from lifecycle.history.store import write
from lifecycle.machines.dossier import Dossier, row_id
from lifecycle.machines.step import Act, Entry, apply_act, fire
from lifecycle.machines.timers import next_due
from lifecycle.records.mapping import load, owner_of
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.timers.fuse import refuse_held


def execute_event(
    conn: Connection,
    subject_id: str,
    event: str,
    given: Mapping[str, Any],
    context: CommandContext,
    effective_at: datetime | None = None,
    editions: Editions = EDITIONS,
    commitment: str | None = None,
) -> Dossier:
    """Carries out one event on a contract or an option, in the caller's transaction.

    effective_at: the event's legal instant, by default the instant of recording. Timers that are due fire
    first, so that the event meets the legal state whether or not the sweep has come by (R16).
    Raises Unknown, Stale, NotPossible, Refused, Held, Overtaken; the caller rolls back.
    """
    before = load(conn, contract_id_of(conn, subject_id), lock=True)
    found = before.subject(subject_id).version
    if context.expected_version is not None and context.expected_version != found:
        raise Stale(context.expected_version, found)
    dossier, entries = catch_up(before, context.now, editions)
    refuse_held(conn, entries)
    act = Act(
        event, subject_id, given, context.actor, context.now, effective_at or context.now, context.reason,
        approver=context.approver,
    )  # fmt: skip
    dossier, more = apply_act(dossier, act, editions)
    row = row_id(subject_id, dossier.subject(subject_id).seq)
    commitments = {row: commitment} if commitment is not None else {}
    return write(conn, before, dossier, (*entries, *more), commitments)


def catch_up(dossier: Dossier, now: datetime, editions: Editions = EDITIONS) -> tuple[Dossier, tuple[Entry, ...]]:
    """The dossier after all its timers due by now, in their order (R15)."""
    entries: tuple[Entry, ...] = ()
    while (timer := next_due(dossier, now)) is not None:
        dossier, more = fire(dossier, timer.subject_id, now, editions)
        entries += more
    return dossier, entries


def contract_id_of(conn: Connection, subject_id: str) -> str:
    """The contract whose dossier holds the subject. Raises Unknown."""
    return owner_of(conn, subject_id)
