"""Writing thousands of the clock's steps at once: the same rows as the one road's, set by set.

PostgreSQL takes them by COPY and one UPDATE per kind, SQLite by statements prepared once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Connection, Dialect, Table

from lifecycle.desk.write import HISTORY, Overtaken, chain, write_subject
from lifecycle.machines.facts import Contract, Dossier, Option, kind_of
from lifecycle.machines.step import Entry
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite

# What a clock event changes in its subject; a step that changes more goes by the single road.
CHANGED = ("state", "billing_started", "terminated_on", "due_event", "due_at", "version", "seq", "head_hash")
_PENDING = ("subject_id", "seq")

Row = tuple[Any, ...]
Holder = Contract | Option


@dataclass(slots=True)
class Ledger:
    """Steps of different contracts on their way into the database, already as rows.

    history: columns as in HISTORY. changed: by kind, the columns CHANGED, then id and the version read.
    others: subjects before and after in which more than that has changed.
    """

    history: list[Row] = field(default_factory=list)
    changed: dict[str, list[Row]] = field(default_factory=lambda: {kind: [] for kind in tables.SUBJECTS})
    others: list[tuple[Holder, Holder]] = field(default_factory=list)

    def add(self, before: Dossier, after: Dossier, entries: Sequence[Entry]) -> None:
        """Notes a contract's step: the dossier before and after its timers fired, and the entries that say so."""
        heads, rows = chain(before, entries)
        self.history += rows
        for old, new in zip(before.subjects, after.subjects, strict=True):
            if new is not old:
                self._note(old, new.but(head_hash=heads[new.id]) if new.id in heads else new)

    def write(self, conn: Connection) -> None:
        """Writes all of it, in the order of adding, in the caller's transaction.

        Raises Overtaken where a row is no longer at the version it was read at; then nothing may be committed.
        """
        if self.history:
            _insert(conn, tables.history, HISTORY, self.history)
            _insert(conn, tables.pending, _PENDING, [row[:2] for row in self.history])
        for kind, rows in self.changed.items():
            if rows:
                _update(conn, tables.SUBJECTS[kind], rows)
        for old, new in self.others:
            write_subject(conn, old, new)

    def _note(self, old: Holder, new: Holder) -> None:
        is_now = vars(new)
        if vars(old) | {name: is_now[name] for name in CHANGED} == is_now:
            self.changed[kind_of(new)].append((*_clocked(is_now), new.id, old.version))
        else:
            self.others.append((old, new))


_clocked: Callable[[Mapping[str, Any]], Row] = itemgetter(*CHANGED)


def _insert(conn: Connection, table: Table, names: Sequence[str], rows: Sequence[Row]) -> None:
    stored = _stored(table, tuple(names), conn.dialect, rows)
    if is_sqlite(conn):
        marks = ", ".join("?" * len(names))
        conn.exec_driver_sql(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})", stored)  # noqa: S608
        return
    driver: Any = conn.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in stored:
            copy.write_row(row)


def _update(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    if is_sqlite(conn):
        stored = _stored(table, (*CHANGED, "id", "version"), conn.dialect, rows)
        sets = ", ".join(f"{name} = ?" for name in CHANGED)
        done = conn.exec_driver_sql(f"UPDATE {table.name} SET {sets} WHERE id = ? AND version = ?", stored)  # noqa: S608
    else:
        names = (*CHANGED, "id", "was")
        records = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows]).decode()
        done = conn.exec_driver_sql(_postgres_update(table, conn.dialect), (records,))
    if done.rowcount != len(rows):
        raise Overtaken(f"{len(rows) - done.rowcount} row(s) of {table.name} are no longer at the version read")


@lru_cache(maxsize=8)
def _postgres_update(table: Table, dialect: Dialect) -> str:
    """One statement for any number of rows, handed over as JSON: cheaper than arrays or a temporary table."""
    sets = ", ".join(f"{name} = new.{name}" for name in CHANGED)
    types = {name: table.c[name].type.compile(dialect) for name in (*CHANGED, "id")} | {"was": "INTEGER"}
    columns = ", ".join(f"{name} {type_}" for name, type_ in types.items())
    return (
        f"UPDATE {table.name} AS old SET {sets} FROM json_to_recordset(%s) AS new ({columns}) "  # noqa: S608
        "WHERE old.id = new.id AND old.version = new.was"
    )


def _stored(table: Table, names: tuple[str, ...], dialect: Dialect, rows: Sequence[Row]) -> list[Row]:
    """The rows as the driver stores them: each column by its own type, as everywhere else."""
    steps = _processors(table, names, dialect)
    if not steps:
        return list(rows)
    stored = []
    for row in rows:
        values = list(row)
        for index, process in steps:
            values[index] = process(values[index])
        stored.append(tuple(values))
    return stored


@lru_cache(maxsize=64)
def _processors(
    table: Table, names: tuple[str, ...], dialect: Dialect
) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    found = []
    for index, name in enumerate(names):
        process = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None:
            found.append((index, lru_cache(maxsize=4096)(process)))
    return tuple(found)
