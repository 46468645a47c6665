"""Rewriting a history: read it, fold it with and without a change, write the difference (R16, R35 to R37)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from lifecycle.commands.context import CommandContext
from lifecycle.commands.in_time import rows_of
from lifecycle.history.store import write
from lifecycle.machines.check import Case, Refused, refusals
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entries import HumanEntry, entries_of
from lifecycle.machines.fold import Invalid, rules_asked
from lifecycle.machines.legal_order import in_legal_order
from lifecycle.machines.rewrite import Change, Rewrite, rewrite
from lifecycle.machines.step import CLOCK
from lifecycle.records import tables
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.terms.ruling import Ruling
from lifecycle.timers.fuse import refuse_held

Entries = Sequence[HumanEntry]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The dossiers before and after, and what the change supersedes, adds and invalidates."""

    before: Dossier
    dossier: Dossier
    found: Rewrite


class InvalidatedEntries(Exception):
    """Entries would lose their effect, and the command does not accept that (R37)."""

    def __init__(self, invalid: Sequence[Invalid], rewritten: Rewritten) -> None:
        super().__init__(f"{len(invalid)} entries would no longer hold")
        self.invalid, self.rewritten = tuple(invalid), rewritten


def rewrite_history(
    conn: Connection,
    before: Dossier,
    change: Change,
    changed: Callable[[list[HumanEntry]], Entries],
    context: CommandContext,
    editions: Editions = EDITIONS,
    commitments: Mapping[str, str] = {},
) -> Rewritten:
    """Folds the history with a change and writes what differs, in the caller's transaction.

    changed: the entries that stand after the change, from those that stand before it. The due timers are not fired
    first: the wrong ones might be among them. Raises NotPossible, Refused, InvalidatedEntries, Held, Overtaken.
    """
    rows = rows_of(conn, before.contract.id)
    standing = entries_of(rows)
    after = list(changed(list(standing)))
    _ask_entry_rules(before, change, after, context, editions)
    judged_from: datetime | None = conn.execute(select(tables.clock.c.judged_from)).scalar_one_or_none()
    found = rewrite(before, rows, standing, after, change, editions, judged_from=judged_from)
    result = Rewritten(before, _with_newest(found.after, after), found)
    if missing := [i for i in found.invalid if i.entry.id not in context.accept_invalidated]:
        raise InvalidatedEntries(missing, result)
    _refuse_held(conn, found)
    return replace(result, dossier=write(conn, before, result.dossier, found.entries, commitments))


def _ask_entry_rules(
    before: Dossier, change: Change, after: Iterable[HumanEntry], context: CommandContext, editions: Editions
) -> None:
    """The rules about the act of entering, for the entries that the change adds or corrects (R34)."""
    mine = {head.entry for head in change.heads}
    refusing: list[Ruling] = []
    for entry in after:
        if entry.id in mine:
            subject = entry.opened() if entry.opens else before.subject(entry.subject_id)
            case = Case(before, subject, change.now, editions, entry.facts, context.reason, entry.at)
            case = replace(case, fact_day=entry.event.governed_on(case))
            refusing += refusals(rules_asked(entry.event.rules, "at_entry"), case)
    if refusing:
        raise Refused(tuple(refusing))


def _with_newest(dossier: Dossier, entries: Iterable[HumanEntry]) -> Dossier:
    placed = in_legal_order(entries)
    newest = max(
        ((max(at, e.at), e.event.rank) for at, e in placed if not e.event.beside and e.kind != "credit"),
        default=None,
    )
    if newest is None:
        return dossier
    return dossier._replace(contract=dossier.contract.replace(line_at=newest[0], line_rank=newest[1]))


def _refuse_held(conn: Connection, found: Rewrite) -> None:
    """Raises Held where the fuse holds ends and the change fires more of them than it supersedes."""
    ends = [e for e in found.entries if e.act.actor == CLOCK and e.event == "terminate"]
    gone = [row for row in found.superseded if row["event"] == "terminate"]
    if len(ends) > len(gone):
        refuse_held(conn, ends)
