"""Writing many contracts' steps at once: the same rows as the one road's, set by set."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from lifecycle.history.store import HISTORY, OUTBOX, Overtaken, chain, with_heads, write_subject
from lifecycle.machines.dossier import CLASSES, Dossier, kind_of
from lifecycle.machines.entity import Entity
from lifecycle.machines.step import Entry
from lifecycle.records import tables
from lifecycle.records.bulk_insert import Condition, RowSet, RowValues, insert_row_sets, update_rows
from lifecycle.records.mapping import NAMES, columns_of

# What a clock event changes in its subject; a step that changes more goes by the single road.
_PART = ("state", "due_event", "due_at", "version", "seq", "head_hash")
_HOLDER = (*_PART, "billing_started", "terminated_on")
_CREDIT = (*_PART, "recovered_at", "attributable", "since", "units", "amount_yen", "claimable_on", "last_claim_on")
PEOPLE = ("contract_id", "salt", "data", "search")
CHANGED = dict.fromkeys(CLASSES, _PART) | {"contract": _HOLDER, "option": _HOLDER, "credit": _CREDIT}


@dataclass(slots=True)
class Ledger:
    """Steps of different contracts on their way into the database, already as rows.

    said: history rows, columns as in HISTORY. changed: by kind, the columns CHANGED, then id and the version
    read. opened: new subjects, by kind. others: subjects before and after in which more than that has changed.
    people: personal data of new contracts, columns as in PEOPLE.
    """

    said: list[RowValues] = field(default_factory=list)
    changed: dict[str, list[RowValues]] = field(default_factory=dict)
    opened: dict[str, list[RowValues]] = field(default_factory=dict)
    others: list[tuple[Entity, Entity]] = field(default_factory=list)
    people: list[RowValues] = field(default_factory=list)

    def open(
        self, dossier: Dossier, entries: Sequence[Entry], commitments: Mapping[str, str], people: RowValues
    ) -> Dossier:
        """Notes a new contract with all that hangs on it; the dossier with its head hashes."""
        heads, rows = chain(None, entries, commitments)
        self.said += rows
        self._open(dossier.subjects, heads)
        self.people.append(people)
        return with_heads(dossier, heads)

    def add(self, before: Dossier, after: Dossier, entries: Sequence[Entry]) -> None:
        """Notes a contract's step: the dossier before and after, and the entries that say what happened."""
        heads, rows = chain(before, entries)
        self.said += rows
        was, now = before.subjects, after.subjects
        if len(was) != len(now):
            old_ones = {entity.id for entity in was}
            self._open([entity for entity in now if entity.id not in old_ones], heads)
            now = tuple(entity for entity in now if entity.id in old_ones)
        for old, new in zip(was, now, strict=True):
            if new is not old:
                self._note(old, new, heads.get(new.id, new.head_hash))

    def _open(self, entities: Sequence[Entity], heads: Mapping[str, str]) -> None:
        for new in entities:
            stored = columns_of(vars(new.replace(head_hash=heads[new.id])))
            self.opened.setdefault(new.KIND, []).append(tuple(stored[name] for name in NAMES[new.KIND]))

    def _note(self, old: Entity, new: Entity, head: str | None) -> None:
        is_now, kind = vars(new) | {"head_hash": head}, kind_of(new)
        if vars(old) | {name: is_now[name] for name in CHANGED[kind]} == is_now:
            self.changed.setdefault(kind, []).append((*_clocked[kind](is_now), new.id, old.version))
        else:
            self.others.append((old, new.of(is_now)))

    def write(self, conn: Connection, *also: RowSet, only_if: Condition | None = None) -> list[RowValues]:
        """Writes what was noted, in the order of adding, and other new rows, in the caller's transaction.

        only_if: asked first; where it does not hold, nothing new is written. Returns its rows.
        Raises Overtaken where a row is no longer at the version it was read at; then nothing may be committed.
        """
        opened = [RowSet(tables.SUBJECTS[kind], NAMES[kind], rows) for kind, rows in self.opened.items()]
        said = RowSet(tables.history, HISTORY, self.said)
        pending = RowSet(tables.outbox, OUTBOX, [row[:2] for row in self.said])
        people = RowSet(tables.personal, PEOPLE, self.people)
        found = insert_row_sets(conn, [said, pending, *opened, people, *also], only_if)
        for kind, rows in self.changed.items():
            table = tables.SUBJECTS[kind]
            overtaken = len(rows) - update_rows(conn, table, CHANGED[kind], rows)
            if overtaken:
                raise Overtaken(f"{overtaken} row(s) of {table.name} are no longer at the version read")
        for old, new in self.others:
            write_subject(conn, old, new)
        return found


@contextmanager
def ledger(conn: Connection) -> Iterator[Ledger]:
    """A ledger that is written when the block ends."""
    book = Ledger()
    yield book
    book.write(conn)


_clocked: Mapping[str, Callable[[Mapping[str, Any]], RowValues]] = {
    kind: itemgetter(*names) for kind, names in CHANGED.items()
}
