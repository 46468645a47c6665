"""The credits of an outage: opened for every contract concerned, and told what becomes of it, set by set."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, or_, select, update

from lifecycle.commands.context import CommandContext, new_id
from lifecycle.history.store_many import Ledger, ledger
from lifecycle.machines.dossier import PARTS, Dossier, row_id
from lifecycle.machines.enter import catch_up
from lifecycle.machines.events.open_credit import OpenCredit
from lifecycle.machines.facts import Facts
from lifecycle.machines.open import open_part
from lifecycle.machines.parts import Credit, Outage
from lifecycle.machines.step import Act, Entry, apply_act
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from lifecycle.records.mapping import load_many
from lifecycle.terms.calendar import tokyo_day
from lifecycle.timers.fuse import refuse_held

PART = 1000  # contracts in memory at a time


def spread(conn: Connection, outage: Outage, context: CommandContext) -> None:
    """Opens a credit for every contract concerned that has none, a thousand at a time."""
    contract = tables.contract.c
    for ids in _batches(conn, _concerned(outage)):
        bit = PARTS["credit"][1]
        conn.execute(
            update(tables.contract).where(contract.id.in_(ids)).values(part_kinds=contract.part_kinds.op("|")(bit))
        )
        dossiers = load_many(conn, ids)
        with ledger(conn) as book:
            caught_up = [entry for dossier in dossiers.values() for entry in _open(dossier, outage, context, book)]
        refuse_held(conn, caught_up)


def step_credits(
    conn: Connection,
    outage: Outage,
    event: str,
    facts: Facts,
    context: CommandContext,
    effective_at: datetime,
) -> None:
    """Tells every living credit of the outage, a thousand contracts at a time."""
    credit = tables.SUBJECTS["credit"].c
    living = select(credit.contract_id).where(credit.outage_id == outage.id, credit.state.not_in(Credit.FINAL))
    cause = row_id(outage.id, outage.seq)
    for ids in _batches(conn, living.order_by(credit.contract_id), credit.contract_id):
        dossiers = load_many(conn, ids)
        caught_up: list[Entry] = []
        with ledger(conn) as book:
            for before in dossiers.values():
                dossier, entries = catch_up(before, context.now)
                caught_up += entries
                told = next(c for c in dossier.credits if c.outage_id == outage.id)
                if told.live:
                    act = Act(
                        event, told.id, facts, context.actor, context.now, effective_at, context.reason, cause
                    )
                    dossier, more = apply_act(dossier, act)
                    entries += more
                book.add(before, dossier, entries)
        refuse_held(conn, caught_up)


def _open(before: Dossier, outage: Outage, context: CommandContext, book: Ledger) -> tuple[Entry, ...]:
    dossier, entries = catch_up(before, context.now)
    facts = OpenCredit(
        contract_id=before.contract.id,
        outage_id=outage.id,
        known_at=outage.known_at,
        attributable=outage.attributable,
    )
    credit = Credit(
        id=f"k_{new_id(context)}", state="open", contract_id=facts.contract_id, outage_id=facts.outage_id,
        known_at=facts.known_at, attributable=facts.attributable,
    )  # fmt: skip
    cause = row_id(outage.id, 1)
    act = Act("open", credit.id, facts, context.actor, context.now, outage.known_at, context.reason, cause)
    after, entry = open_part(dossier, credit, act)
    book.add(before, after, (*entries, entry))
    return entries


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
