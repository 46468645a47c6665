"""Drops a contract's archived history: the log keeps its hashes, and a row names the file."""

from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, select

from lifecycle.audit.archive_file import Archive
from lifecycle.commands.command import CommandContext
from lifecycle.commands.statements import stateless_act
from lifecycle.history.store import store_step
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.stateless_rows import ARCHIVE, WRITTEN, ArchivedFacts, stateless_row
from lifecycle.queries.adjustments import refunds
from lifecycle.queries.approvals import PROPOSED
from lifecycle.queries.issued import NOTHING_SENT, sent_to
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite, writing
from lifecycle.records.keeping import archive_of, ended_before
from lifecycle.records.mapping import load
from lifecycle.records.roles import act_as_owner

_H, _L = tables.history.c, tables.log.c
_LOGGED = (_L.subject_id == _H.subject_id) & (_L.seq == _H.seq)


class Dropped(NamedTuple):
    """The result for one contract. kept: why nothing was dropped."""

    rows: int
    kept: str | None = None


def drop_history(engine: Engine, contract_id: str, archive: Archive, context: CommandContext) -> Dropped:
    """Drop the archived rows of one contract, in a separate transaction.

    A row of the contract names the file that contains them. Notes and files stay. Raises the database's error if
    its login may not drop.
    """
    with writing(engine) as conn:
        if not is_sqlite(conn):
            act_as_owner(conn)
        dossier = load(conn, contract_id, lock=True, archived_too=True)
        if archive_of(conn, contract_id) is not None:
            return Dropped(0)
        if (why := _kept(conn, dossier, archive)) is not None:
            return Dropped(0, why)
        rows = _drop(conn, dossier, archive, context)
    return Dropped(rows)


def _kept(conn: Connection, dossier: Dossier, archive: Archive) -> str | None:
    """Return why a contract's history stays, None if it can be dropped."""
    contract_id, a = dossier.contract.id, tables.approval.c
    over = ended_before(archive.day).where(tables.contract.c.id == contract_id)
    if conn.execute(over).first() is None:
        return "it did not end before the day"
    sent = sent_to(conn, [contract_id]).get(contract_id, NOTHING_SENT)
    if any(one.settled is None for one in refunds(contract_id, dossier, sent)):
        return "money waits"
    subjects = [one.id for one in dossier.subjects]
    if conn.execute(select(a.id).where(a.subject_id.in_(subjects), a.state == PROPOSED)).first() is not None:
        return "a proposal waits"
    places = conn.execute(
        select(_L.idx)
        .select_from(tables.history)
        .outerjoin(tables.log, _LOGGED)
        .where(_H.contract_id == contract_id)
    ).scalars()
    if not all(place is not None and archive.has(place) for place in places):
        return "it has rows that the archive does not have"
    return None


def _drop(conn: Connection, dossier: Dossier, archive: Archive, context: CommandContext) -> int:
    contract_id = dossier.contract.id
    gone = (_H.contract_id == contract_id, _H.event.not_in(WRITTEN))
    rows = len(conn.execute(select(_H.seq).where(*gone)).all())
    chains = tuple(
        {"subject": one.id, "kind": one.KIND, "state": one.state, "seq": one.seq, "hash": one.head_hash}
        for one in dossier.subjects
    )
    facts = ArchivedFacts(file=archive.file, sha256=archive.sha256, rows=rows, subjects=chains)
    act = stateless_act(ARCHIVE, contract_id, facts, context)
    after, entry = stateless_row(dossier, act)
    row = {
        "contract_id": contract_id, "file": archive.file, "sha256": archive.sha256, "rows": rows,
        "seq": after.contract.seq, "archived_at": context.now, "archived_by": context.actor,
    }  # fmt: skip
    conn.execute(insert(tables.archived), row)
    conn.execute(delete(tables.history).where(*gone))
    store_step(conn, dossier, after, (entry,))
    return rows
