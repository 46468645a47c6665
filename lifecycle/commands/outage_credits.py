"""The credits of outages: opened for every affected contract, and updated with the outage, in bulk."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, or_, select, update

from lifecycle.commands.book import book_around
from lifecycle.commands.command import CommandContext, new_id
from lifecycle.commands.enter_event import entry_of, refuse_recorded_since
from lifecycle.history.store import ChainedStep, chain_dossier, store
from lifecycle.machines.dossier import PARTS, Dossier, row_id
from lifecycle.machines.enter import Book, Entered, change_history, enter
from lifecycle.machines.entries import HumanEntry, corrected
from lifecycle.machines.events.open_credit import OpenCredit
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import Credit, Outage
from lifecycle.machines.rewrite import Change, Head, Rewrite
from lifecycle.machines.step import CLOCK, Entry
from lifecycle.queries.changes_of_many import Tell
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from lifecycle.records.keeping import not_archived
from lifecycle.records.mapping import load_many
from lifecycle.records.of_service import of_service
from lifecycle.terms.calendar import instant, tokyo_day
from lifecycle.timers.fuse import refuse_held

PART = 1000  # contracts in memory at a time
Enters = Callable[[Book], Entered | None]
Changed = Callable[[list[HumanEntry]], list[HumanEntry]]


def nobody(found: Rewrite) -> None:
    """A callback that does nothing."""


def open_credits(conn: Connection, outage: Outage, context: CommandContext, tell: Tell = nobody) -> None:
    """Open a credit for every affected contract that has none, a thousand at a time. tell: called with every
    rewritten history, here and below.
    """
    contract, bit = tables.contract.c, PARTS["credit"][1]
    for ids in _batches(conn, _concerned(outage)):
        conn.execute(
            update(tables.contract).where(contract.id.in_(ids)).values(part_kinds=contract.part_kinds.op("|")(bit))
        )
        _enter_all(conn, ids, lambda book: open_credit(book, outage, context), context, tell)


def update_credits(
    conn: Connection, outage: Outage, event: str, facts: Facts, context: CommandContext, at: datetime,
    tell: Tell = nobody,
) -> None:  # fmt: skip
    """Update every credit of the outage with what became known, a thousand contracts at a time."""
    cause = row_id(outage.id, outage.seq)

    def enters(book: Book) -> Entered:
        entry = entry_of(_credit(book.dossier, outage), event, facts, context, at)
        return enter(book, entry._replace(caused_by=cause), context.approver)

    _with_credits(conn, outage, enters, context, tell)


def correct_opening(conn: Connection, outage: Outage, context: CommandContext, tell: Tell = nobody) -> None:
    """Correct the instant of knowledge and the affected contracts on every credit of the outage that differs.

    A contract that is no longer affected keeps its credit, annulled, and the claim, in case it is included again.
    """

    def enters(book: Book) -> Entered | None:
        credit = _credit(book.dossier, outage)
        annulled = outage.contracts is not None and credit.contract_id not in outage.contracts
        if (credit.known_at, credit.annulled) == (outage.known_at, annulled):
            return None
        first = row_id(credit.id, 1)
        facts = {"known_at": instant(outage.known_at), "annulled": annulled}
        head = _head(credit, "correct_entry", {"entry": first, "facts": facts}, outage, context, entry=first)
        return _changed(
            book, head, context,
            lambda found: [corrected(e, facts, outage.known_at) if e.id == first else e for e in found],
        )  # fmt: skip

    _with_credits(conn, outage, enters, context, tell)


def annul_credits(conn: Connection, outage: Outage, context: CommandContext, tell: Tell = nobody) -> None:
    """Annul the credits of an outage that never happened."""

    def enters(book: Book) -> Entered:
        credit = _credit(book.dossier, outage)
        facts = {"entries": [row_id(credit.id, 1)], "ground": "never_happened"}
        head = _head(credit, "annul_entry", facts, outage, context, takes_out=(1,))
        return _changed(book, head, context, lambda found: [e for e in found if e.subject_id != credit.id])

    _with_credits(conn, outage, enters, context, tell)


def _changed(book: Book, head: Head, context: CommandContext, changed: Changed) -> Entered:
    change = Change(heads=(head,), actor=context.actor, now=context.now, approver=context.approver)
    return change_history(book, change, changed)


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
    return enter(book, entry._replace(caused_by=row_id(outage.id, 1)), context.approver)


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


def _with_credits(conn: Connection, outage: Outage, enters: Enters, context: CommandContext, tell: Tell) -> None:
    credit = tables.SUBJECTS["credit"].c
    concerned = select(credit.contract_id).where(credit.outage_id == outage.id, not_archived(credit.contract_id))
    concerned = concerned.order_by(credit.contract_id)
    for ids in _batches(conn, concerned, credit.contract_id):
        _enter_all(conn, ids, enters, context, tell)


def _enter_all(conn: Connection, ids: list[str], enters: Enters, context: CommandContext, tell: Tell) -> None:
    steps: list[ChainedStep] = []
    fired: list[Entry] = []
    dossiers = load_many(conn, ids)
    for before in (dossiers[id_] for id_ in ids if id_ in dossiers):  # in the order of ids, on either database
        book = book_around(conn, before)
        if (found := enters(book)) is not None:
            refuse_recorded_since(book, found, context)
            if found.rewritten is not None:
                tell(found.rewritten)
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
        not_archived(c.id),
    )
    if outage.contracts is not None:
        statement = statement.where(c.id.in_(outage.contracts))
    return of_service(statement, c.id, outage.service).order_by(c.id)


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
