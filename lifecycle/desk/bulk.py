"""Writing thousands of the clock's steps at once: the same rows as the one road's, set by set.

PostgreSQL takes them by COPY and one UPDATE per kind, SQLite by statements prepared once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
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

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A dossier before and after its timers fired, and the history rows that say so."""

    before: Dossier
    after: Dossier
    entries: Sequence[Entry]


def write_steps(conn: Connection, steps: Iterable[Step]) -> None:
    """Writes steps of different contracts, in their order, in the caller's transaction.

    Raises Overtaken where a row is no longer at the version it was read at; then nothing may be committed.
    """
    history: list[Row] = []
    changed: dict[str, list[Row]] = {kind: [] for kind in tables.SUBJECTS}
    opened: dict[str, list[Row]] = {}
    for step in steps:
        heads, rows = chain(step.before, step.entries)
        history += rows
        _note_all(conn, step, changed, opened, heads)
    for kind, rows_of_kind in opened.items():
        _insert(conn, tables.SUBJECTS[kind], NAMES[kind], rows_of_kind)
    if history:
        _insert(conn, tables.history, HISTORY, history)
        _insert(conn, tables.pending, _PENDING, [row[:2] for row in history])
    for kind, updates in changed.items():
        if updates:
            _update(conn, tables.SUBJECTS[kind], CHANGED[kind], updates)


def _note_all(
    conn: Connection, step: Step, changed: dict[str, list[Row]], opened: dict[str, list[Row]],
    heads: Mapping[str, str],
) -> None:  # fmt: skip
    """Notes what of a step is to be inserted and what is to be updated."""
    was, now = step.before.subjects, step.after.subjects
    if len(was) == len(now):
        for old, new in zip(was, now, strict=True):
            if new is not old:
                _note(conn, changed, old, new, heads)
        return
    old_ones = {thing.id: thing for thing in was}
    for new in now:
        if new.id not in old_ones:
            stored = columns_of(vars(new.but(head_hash=heads[new.id])))
            opened.setdefault(new.KIND, []).append(tuple(stored[name] for name in NAMES[new.KIND]))
        elif new is not old_ones[new.id]:
            _note(conn, changed, old_ones[new.id], new, heads)


def _note(
    conn: Connection, changed: dict[str, list[Row]], old: Thing, new: Thing, heads: Mapping[str, str],
) -> None:  # fmt: skip
    """Notes a changed subject for the update, or writes it by itself where more than usual has changed."""
    if new.id in heads:
        new = new.but(head_hash=heads[new.id])
    is_now = vars(new)
    kind = kind_of(new)
    if vars(old) | {name: is_now[name] for name in CHANGED[kind]} == is_now:
        changed[kind].append((*_clocked[kind](is_now), new.id, old.version))
    else:
        write_subject(conn, old, new)


_clocked: Mapping[str, Callable[[Mapping[str, Any]], Row]] = {
    kind: itemgetter(*names) for kind, names in CHANGED.items()
}


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


def _update(conn: Connection, table: Table, changed: tuple[str, ...], rows: Sequence[Row]) -> None:
    if is_sqlite(conn):
        stored = _stored(table, (*changed, "id", "version"), conn.dialect, rows)
        sets = ", ".join(f"{name} = ?" for name in changed)
        done = conn.exec_driver_sql(f"UPDATE {table.name} SET {sets} WHERE id = ? AND version = ?", stored)  # noqa: S608
    else:
        names = (*changed, "id", "was")
        records = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows]).decode()
        done = conn.exec_driver_sql(_postgres_update(table, changed, conn.dialect), (records,))
    if done.rowcount != len(rows):
        raise Overtaken(f"{len(rows) - done.rowcount} row(s) of {table.name} are no longer at the version read")


@lru_cache(maxsize=8)
def _postgres_update(table: Table, changed: tuple[str, ...], dialect: Dialect) -> str:
    """One statement for any number of rows, handed over as JSON: cheaper than arrays or a temporary table."""
    sets = ", ".join(f"{name} = new.{name}" for name in changed)
    types = {name: table.c[name].type.compile(dialect) for name in (*changed, "id")} | {"was": "INTEGER"}
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
