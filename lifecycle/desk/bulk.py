"""Writing thousands of the clock's steps at once: the same rows as the one road's, set by set.

PostgreSQL takes them by COPY and one UPDATE per kind, SQLite by statements prepared once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Connection, Dialect, Table

from lifecycle.desk.write import HISTORY, Overtaken, chain, write_subject
from lifecycle.machines.facts import CLASSES, Dossier, kind_of
from lifecycle.machines.step import Entry
from lifecycle.machines.thing import Thing
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from lifecycle.records.mapping import NAMES, columns_of

# What a clock event changes in its subject; a step that changes more goes by the single road.
_PART = ("state", "due_event", "due_at", "version", "seq", "head_hash")
_HOLDER = (*_PART, "billing_started", "terminated_on")
_CREDIT = (*_PART, "recovered_at", "attributable", "since", "units", "amount_yen", "claimable_on", "last_claim_on")
CHANGED = dict.fromkeys(CLASSES, _PART) | {"contract": _HOLDER, "option": _HOLDER, "credit": _CREDIT}
_PENDING = ("subject_id", "seq")
AS_BYTES = ("payload",)  # text handed over as the bytes that were hashed

Row = tuple[Any, ...]


@dataclass(slots=True)
class Ledger:
    """Steps of different contracts on their way into the database, already as rows.

    put: takes a history row, columns as in HISTORY. said: subject and seq of each. changed: by kind, the columns
    CHANGED, then id and the version read. opened: new parts, by kind. others: subjects before and after in which
    more than that has changed.
    """

    put: Callable[[Row], None]
    said: list[Row] = field(default_factory=list)
    changed: dict[str, list[Row]] = field(default_factory=dict)
    opened: dict[str, list[Row]] = field(default_factory=dict)
    others: list[tuple[Thing, Thing]] = field(default_factory=list)

    def add(self, before: Dossier, after: Dossier, entries: Sequence[Entry]) -> None:
        """Notes a contract's step: the dossier before and after, and the entries that say what happened."""
        heads, rows = chain(before, entries)
        for row in rows:
            self.put(row)
            self.said.append(row[:2])
        was, now = before.subjects, after.subjects
        if len(was) != len(now):
            old_ones = {thing.id for thing in was}
            self._open([thing for thing in now if thing.id not in old_ones], heads)
            now = tuple(thing for thing in now if thing.id in old_ones)
        for old, new in zip(was, now, strict=True):
            if new is not old:
                self._note(old, new.but(head_hash=heads[new.id]) if new.id in heads else new)

    def _open(self, things: Sequence[Thing], heads: Mapping[str, str]) -> None:
        for new in things:
            stored = columns_of(vars(new.but(head_hash=heads[new.id])))
            self.opened.setdefault(new.KIND, []).append(tuple(stored[name] for name in NAMES[new.KIND]))

    def _note(self, old: Thing, new: Thing) -> None:
        is_now, kind = vars(new), kind_of(new)
        if vars(old) | {name: is_now[name] for name in CHANGED[kind]} == is_now:
            self.changed.setdefault(kind, []).append((*_clocked[kind](is_now), new.id, old.version))
        else:
            self.others.append((old, new))


@contextmanager
def ledger(conn: Connection) -> Iterator[Ledger]:
    """A ledger that is written, in the order of adding, when the block ends; in the caller's transaction.

    On PostgreSQL the history is on its way while the block runs: it must not use the connection.
    Raises Overtaken where a row is no longer at the version it was read at; then nothing may be committed.
    """
    if is_sqlite(conn):
        history: list[Row] = []
        book = Ledger(history.append)
        yield book
        _insert(conn, tables.history, HISTORY, history)
    else:
        with _copying(conn, tables.history, HISTORY) as put:
            book = Ledger(put)
            yield book
    _insert(conn, tables.pending, _PENDING, book.said)
    for kind, rows in book.opened.items():
        _insert(conn, tables.SUBJECTS[kind], NAMES[kind], rows)
    for kind, rows in book.changed.items():
        _update(conn, tables.SUBJECTS[kind], CHANGED[kind], rows)
    for old, new in book.others:
        write_subject(conn, old, new)


_clocked: Mapping[str, Callable[[Mapping[str, Any]], Row]] = {
    kind: itemgetter(*names) for kind, names in CHANGED.items()
}


def _insert(conn: Connection, table: Table, names: Sequence[str], rows: Sequence[Row]) -> None:
    if not rows:
        return
    if is_sqlite(conn):
        marks = ", ".join("CAST(? AS TEXT)" if name in AS_BYTES else "?" for name in names)
        stored = list(map(_stored(table, tuple(names), conn.dialect), rows))
        conn.exec_driver_sql(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})", stored)  # noqa: S608
        return
    with _copying(conn, table, names) as put:
        for row in rows:
            put(row)


@contextmanager
def _copying(conn: Connection, table: Table, names: Sequence[str]) -> Iterator[Callable[[Row], None]]:
    driver: Any = conn.connection.driver_connection
    stored = _stored(table, tuple(names), conn.dialect)
    statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(_types(table, tuple(names), conn.dialect))
        yield lambda row: copy.write_row(stored(row))


def _update(conn: Connection, table: Table, changed: tuple[str, ...], rows: Sequence[Row]) -> None:
    if is_sqlite(conn):
        stored = list(map(_stored(table, (*changed, "id", "version"), conn.dialect), rows))
        sets = ", ".join(f"{name} = ?" for name in changed)
        done = conn.exec_driver_sql(f"UPDATE {table.name} SET {sets} WHERE id = ? AND version = ?", stored)  # noqa: S608
    else:
        names = (*changed, "id", "was")
        records = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows]).decode()
        done = conn.exec_driver_sql(_postgres_update(table, changed, conn.dialect), (records,))
    if done.rowcount != len(rows):
        raise Overtaken(f"{len(rows) - done.rowcount} row(s) of {table.name} are no longer at the version read")


@lru_cache(maxsize=64)
def _postgres_update(table: Table, changed: tuple[str, ...], dialect: Dialect) -> str:
    """One statement for any number of rows, handed over as JSON: cheaper than arrays or a temporary table."""
    sets = ", ".join(f"{name} = new.{name}" for name in changed)
    types = {name: table.c[name].type.compile(dialect) for name in (*changed, "id")} | {"was": "INTEGER"}
    columns = ", ".join(f"{name} {type_}" for name, type_ in types.items())
    return (
        f"UPDATE {table.name} AS old SET {sets} FROM json_to_recordset(%s) AS new ({columns}) "  # noqa: S608
        "WHERE old.id = new.id AND old.version = new.was"
    )


@lru_cache(maxsize=64)
def _types(table: Table, names: tuple[str, ...], dialect: Dialect) -> list[str]:
    """The columns' types by PostgreSQL's names, without lengths; bytes are in binary what text is."""
    types = [table.c[name].type.compile(dialect).partition("(")[0].lower() for name in names]
    return ["bytea" if name in AS_BYTES else type_ for name, type_ in zip(names, types, strict=True)]


@lru_cache(maxsize=64)
def _stored(table: Table, names: tuple[str, ...], dialect: Dialect) -> Callable[[Row], Row]:
    """Makes a row what the driver takes: each column by its own type, as everywhere else."""
    steps: list[tuple[int, Callable[[Any], Any]]] = []
    for index, name in enumerate(names):
        process = None if name in AS_BYTES else table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None:
            steps.append((index, lru_cache(maxsize=4096)(process)))

    def stored(row: Row) -> Row:
        values = list(row)
        for index, process in steps:
            values[index] = process(values[index])
        return tuple(values)

    return stored if steps else lambda row: row
