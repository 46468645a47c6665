"""Checks that need the whole database: the log, orphans, duplicate references."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, not_, select

from lifecycle.audit.checkpoint import Unreadable, unbase64
from lifecycle.audit.checks.archived import ArchivedRows
from lifecycle.audit.checks.found import Finding, differs
from lifecycle.audit.checks.sent import check_sent
from lifecycle.audit.log_tree import LogTree
from lifecycle.audit.merkle import Growing
from lifecycle.audit.verifier.breaks import LOG_CHAIN
from lifecycle.machines.dossier import PARTS, row_id
from lifecycle.records import tables
from lifecycle.records.keeping import not_archived
from lifecycle.records.references import duplicate_references

_HISTORY, _LOG, _PENDING = tables.history.c, tables.log.c, tables.outbox.c
_IN_LOG = (_LOG.subject_id == _HISTORY.subject_id) & (_LOG.seq == _HISTORY.seq)
_IN_PENDING = (_PENDING.subject_id == _HISTORY.subject_id) & (_PENDING.seq == _HISTORY.seq)
_LOGGED = (
    select(_LOG.idx, _LOG.subject_id, _LOG.seq, _LOG.hash, _HISTORY.hash.label("mine"))
    .outerjoin(tables.history, _IN_LOG)
    .where(_LOG.idx > bindparam("after"))
    .order_by(_LOG.idx)
    .limit(bindparam("limit"))
)
_NOWHERE = (
    select(_HISTORY.subject_id, _HISTORY.seq)
    .where(not_(exists().where(_IN_LOG)), not_(exists().where(_IN_PENDING)))
    .order_by(_HISTORY.subject_id, _HISTORY.seq)
)
_TWICE = select(_LOG.subject_id, _LOG.seq).group_by(_LOG.subject_id, _LOG.seq).having(func.count() > 1)
_OWNED = ("issued", "billed_elsewhere", "settled", "sought")
_PEOPLES = ("personal", "people_version", "note", "attachment")
LOST = 100  # maximum number of rows that one check lists


class LogCheck:
    """Reads the log once: consecutive numbers, hashes as in the history, the tree, the signed roots."""

    def __init__(self, conn: Connection, archived: ArchivedRows) -> None:
        self.archived = archived
        kept = tables.checkpoint.c
        self.notes = {row.size: row.note for row in conn.execute(select(kept.size, kept.note))}
        self.tree, self.at = Growing(), -1

    def read(self, conn: Connection, limit: int) -> tuple[int, list[Finding]]:
        """Check the next rows of the log; return how many, and the findings."""
        found = []
        rows = conn.execute(_LOGGED, {"after": self.at, "limit": limit}).all()
        for row in rows:
            name = f"log {row.idx}"
            if row.idx != self.at + 1:
                found.append(Finding("log", name, f"row {self.at + 1} of the log is missing before it"))
            if row.mine is None and self._is_archived(row):
                pass
            elif row.mine is None:
                found.append(Finding("log", name, f"the history has no row {row_id(row.subject_id, row.seq)}"))
            elif row.mine != row.hash:
                why = f"it is not the hash of {row_id(row.subject_id, row.seq)}"
                found.append(differs("log", name, "hash", row.hash, row.mine, why))
            self.tree.add([_bytes(row.hash)])
            self.at = row.idx
            if (note := self.notes.pop(self.at + 1, None)) is not None and _root(note) != self.tree.root():
                found.append(
                    Finding("log", name, "the log up to here is not the one that its checkpoint was signed over")
                )
        return len(rows), found

    def _is_archived(self, row: Any) -> bool:
        seq, hash_ = self.archived.heads.get(row.subject_id, (0, ""))
        return row.seq < seq or (row.seq, row.hash) == (seq, hash_)

    def end(self, conn: Connection) -> Iterator[Finding]:
        """After the last row."""
        for size in sorted(self.notes):
            yield Finding(
                "log", f"checkpoint {size}", f"it was signed over more rows than the {self.at + 1} of the log"
            )
        try:
            whole = LogTree(conn).root(self.at + 1) == self.tree.root()
        except (LookupError, ValueError):
            whole = False
        if not whole:
            yield Finding("log", "log_node", "the stored tree does not have the root of the log's rows")


def check_whole(conn: Connection, people: bool, archived: ArchivedRows) -> Iterator[Finding]:
    """Check history rows outside the log, orphans, duplicate references. people: whether personal data may be
    read. archived: what is no longer in the history.
    """
    counted = {table: conn.execute(select(func.count()).select_from(table)).scalar_one() for table in
               (tables.history, tables.log, tables.outbox)}  # fmt: skip
    if counted[tables.history] + archived.rows != counted[tables.log] + counted[tables.outbox]:
        for row in _some(conn, _NOWHERE):
            yield Finding("log", row_id(row.subject_id, row.seq), "it is neither in the log nor waiting for it")
        for row in _some(conn, _TWICE):
            yield Finding("log", row_id(row.subject_id, row.seq), "the log has it twice")
    yield from _orphans(conn, people)
    yield from check_sent(conn)
    for kind, reference, ids in duplicate_references(conn):
        yield Finding("doublet", f"{kind} {reference}", f"it is borne by several: {', '.join(ids)}")


def _orphans(conn: Connection, people: bool) -> Iterator[Finding]:
    contract = tables.contract.c.id
    for row in _some(conn, _missing(tables.outbox, _IN_PENDING, tables.history)):
        yield Finding(
            "orphan", row_id(row.subject_id, row.seq), "it waits for the log, and the history has no such row"
        )
    gone = tables.superseded.c
    same = (gone.subject_id == _HISTORY.subject_id) & (gone.seq == _HISTORY.seq)
    lost_rows = _missing(tables.superseded, same, tables.history).where(not_archived(gone.contract_id))
    for row in _some(conn, lost_rows):
        yield Finding(
            "orphan", row_id(row.subject_id, row.seq), "it is superseded, and the history has no such row"
        )
    for name in (*_OWNED, *(_PEOPLES if people else ()), *(tables.SUBJECTS[kind].name for kind in PARTS)):
        table = tables.metadata.tables[name]
        for row in _some(conn, _missing(table, table.c.contract_id == contract, tables.contract)):
            yield Finding("orphan", row.contract_id, f"{name} has a row of this contract, which is not stored")
    credit, outage = tables.SUBJECTS["credit"], tables.SUBJECTS["outage"]
    for row in _some(conn, _missing(credit, credit.c.outage_id == outage.c.id, outage)):
        yield Finding("orphan", row.id, f"its outage {row.outage_id} is not stored")
    outages = exists().where(outage.c.id == _HISTORY.subject_id)
    edition = tables.SUBJECTS["edition"]
    editions = exists().where(edition.c.id == _HISTORY.subject_id)
    lost = select(_HISTORY.subject_id, _HISTORY.contract_id).distinct().where(
        not_(exists().where(contract == _HISTORY.contract_id)), not_(outages), not_(editions),
        _HISTORY.subject_id != LOG_CHAIN,
    )  # fmt: skip
    for row in _some(conn, lost.order_by(_HISTORY.subject_id)):
        yield Finding("orphan", row.subject_id, f"it has a history of {row.contract_id}, which is not stored")


def _missing(table: Any, same: Any, other: Any) -> Select[Any]:
    """Return rows of a table that name a missing row of another table."""
    return select(table).where(and_(not_(exists(select(1).select_from(other).where(same)))))


def _some(conn: Connection, asked: Select[Any]) -> Iterator[Any]:
    return iter(conn.execute(asked.limit(LOST)).all())


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _root(note: str) -> bytes | None:
    try:
        return unbase64(note.split("\n")[2])
    except (IndexError, Unreadable):
        return None
