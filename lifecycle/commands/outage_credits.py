"""The credits of outages: opened for every affected contract, and updated with the outage, set by set."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, or_, select, update

from lifecycle.commands.book import book_around
from lifecycle.commands.context import CommandContext, new_id
from lifecycle.commands.enter_event import entry_of
from lifecycle.history.store import ChainedStep, chain_dossier, store
from lifecycle.machines.dossier import PARTS, Dossier, row_id
from lifecycle.machines.enter import Book, Entered, change_history, enter
from lifecycle.machines.entries import corrected
from lifecycle.machines.events.open_credit import OpenCredit
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import Credit, Outage
from lifecycle.machines.rewrite import Change, Head
from lifecycle.machines.step import CLOCK, Entry
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from lifecycle.records.mapping import load_many
from lifecycle.terms.calendar import instant, tokyo_day
from lifecycle.timers.fuse import refuse_held

PART = 1000  # contracts in memory at a time
Enters = Callable[[Book], Entered | None]


def spread(conn: Connection, outage: Outage, context: CommandContext) -> None:
    """Opens a credit for every contract concerned that has none, a thousand at a time."""
    contract, bit = tables.contract.c, PARTS["credit"][1]
    for ids in _batches(conn, _concerned(outage)):
        conn.execute(
            update(tables.contract).where(contract.id.in_(ids)).values(part_kinds=contract.part_kinds.op("|")(bit))
        )
        _enter_all(conn, ids, lambda book: open_credit(book, outage, context))


def tell_credits(
    conn: Connection, outage: Outage, event: str, facts: Facts, context: CommandContext, at: datetime
) -> None:
    """Tells every credit of the outage what became known of it, a thousand contracts at a time."""
    cause = row_id(outage.id, outage.seq)

    def enters(book: Book) -> Entered:
        entry = entry_of(_credit(book.dossier, outage), event, facts, context, at)
        return enter(book, replace(entry, caused_by=cause), context.approver)

    _with_credits(conn, outage, enters)


def correct_opening(conn: Connection, outage: Outage, context: CommandContext) -> None:
    """Corrects from when the company knew, on every credit of the outage."""

    def enters(book: Book) -> Entered:
        credit = _credit(book.dossier, outage)
        first = row_id(credit.id, 1)
        facts = {"known_at": instant(outage.known_at)}
        head = _head(credit, "correct_entry", {"entry": first, "facts": facts}, outage, context, entry=first)
        return change_history(
            book,
            Change(heads=(head,), actor=context.actor, now=context.now, approver=context.approver),
            lambda found: [corrected(e, facts, outage.known_at) if e.id == first else e for e in found],
        )

    _with_credits(conn, outage, enters)


def annul_credits(
    conn: Connection, outage: Outage, context: CommandContext, kept: tuple[str, ...] | None = ()
) -> None:
    """Takes the credits of an outage out again. kept: the contracts that it still concerns, None for all."""

    def enters(book: Book) -> Entered | None:
        credit = _credit(book.dossier, outage)
        if kept is None or credit.contract_id in kept:
            return None
        first = row_id(credit.id, 1)
        facts = {"entries": [first], "ground": "never_happened"}
        head = _head(credit, "annul_entry", facts, outage, context, takes_out=(1,))
        return change_history(
            book,
            Change(heads=(head,), actor=context.actor, now=context.now, approver=context.approver),
            lambda found: [e for e in found if e.subject_id != credit.id],
        )

    _with_credits(conn, outage, enters)


def open_credit(book: Book, outage: Outage, context: CommandContext) -> Entered:
    """Opens the credit of an outage for one contract."""
    facts = OpenCredit(
        contract_id=book.dossier.contract.id,
        outage_id=outage.id,
        known_at=outage.known_at,
        attributable=outage.attributable,
        recovered_at=outage.recovered_at,
    )
    credit = Credit(
        id=f"k_{new_id(context)}", state="open", contract_id=facts.contract_id, outage_id=facts.outage_id,
        known_at=facts.known_at, attributable=facts.attributable, recovered_at=facts.recovered_at,
    )  # fmt: skip
    entry = entry_of(credit, "open", facts, context, outage.known_at, opens=True)
    return enter(book, replace(entry, caused_by=row_id(outage.id, 1)), context.approver)


def _credit(dossier: Dossier, outage: Outage) -> Credit:
    return next(credit for credit in dossier.credits if credit.outage_id == outage.id)


def _head(
    credit: Credit, event: str, facts: dict[str, Any], outage: Outage, context: CommandContext,
    *, entry: str | None = None, takes_out: tuple[int, ...] = (),
) -> Head:  # fmt: skip
    return Head(
        subject_id=credit.id, event=event, facts=facts, at=min(outage.known_at, context.now),
        reason=context.reason, entry=entry, takes_out=takes_out, caused_by=row_id(outage.id, outage.seq),
    )  # fmt: skip


def _with_credits(conn: Connection, outage: Outage, enters: Enters) -> None:
    credit = tables.SUBJECTS["credit"].c
    concerned = select(credit.contract_id).where(credit.outage_id == outage.id).order_by(credit.contract_id)
    for ids in _batches(conn, concerned, credit.contract_id):
        _enter_all(conn, ids, enters)


def _enter_all(conn: Connection, ids: list[str], enters: Enters) -> None:
    steps: list[ChainedStep] = []
    fired: list[Entry] = []
    for before in load_many(conn, ids).values():
        found = enters(book_around(conn, before))
        if found is not None:
            steps.append(chain_dossier(before, found.dossier, found.entries))
            fired += [entry for entry in found.entries if entry.act.actor == CLOCK and entry.line is None]
    store(conn, steps)
    refuse_held(conn, fired)


def _concerned(outage: Outage) -> Select[Any]:
    c, k = tables.contract.c, tables.SUBJECTS["credit"].c
    has_one = select(k.id).where(k.contract_id == c.id, k.outage_id == outage.id).exists()
    statement = select(c.id).where(
        c.accepted_on.is_not(None),
        or_(c.effective_on.is_(None), c.effective_on >= tokyo_day(outage.known_at)),
        ~has_one,
    )
    if outage.contracts is not None:
        statement = statement.where(c.id.in_(outage.contracts))
    return statement.order_by(c.id)


def _batches(conn: Connection, wanted: Select[Any], column: Any = None) -> Iterator[list[str]]:
    """The contracts' ids by the thousand, their rows locked until the transaction ends."""
    key = tables.contract.c.id if column is None else column
    after = ""
    while True:
        ids = list(conn.execute(wanted.where(key > after).limit(PART)).scalars())
        if not ids:
            return
        after = ids[-1]
        if not is_sqlite(conn):
            conn.execute(select(tables.contract.c.id).where(tables.contract.c.id.in_(ids)).with_for_update())
        yield ids
