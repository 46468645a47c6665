"""Rows into tables, one or many: each set of rows is one parameter, as JSON, of a statement that is made once.

However many the rows, the database works on them without Python: another thread goes on meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import JSON, Connection, Dialect, Select, Table

from lifecycle.errors import TryAgain
from lifecycle.records.compiled import compiled, execute_text, fetch_tuples
from lifecycle.records.engine import is_sqlite

RowValues = tuple[Any, ...]
Columns = tuple[Table, tuple[str, ...]]


class Overtaken(TryAgain):
    """Somebody else stepped the row since it was read: nothing was written; try again."""


class Condition(NamedTuple):
    """What has to be true for rows to be written: a SELECT whose first column, `is_so`, says whether it is."""

    statement: Select[Any]
    values: Mapping[str, Any]


class RowSet(NamedTuple):
    """Rows of a table, columns as in names; of an update followed by the id and the version that was read."""

    table: Table
    names: tuple[str, ...]
    rows: Sequence[RowValues]


def write_row_sets(
    conn: Connection, new: Sequence[RowSet], changed: Sequence[RowSet] = (), only_if: Condition | None = None
) -> list[RowValues]:
    """Updates rows, then inserts others in their order; what refers to another's rows comes after it.

    only_if: asked first, of PostgreSQL in the statement that writes; where it is not so nothing is inserted.
    Returns its rows. Raises Overtaken where a row is not at the version read; then nothing may be committed.
    """
    new, changed = [one for one in new if one.rows], [one for one in changed if one.rows]
    if is_sqlite(conn) or not (new or changed):
        found = fetch_tuples(conn, *only_if) if only_if else []
        updated = sum(_execute_sqlite(conn, _sqlite_update, one, ("id", "version")) for one in changed)
        _all_updated(changed, updated)
        if all(is_so for is_so, *_ in found):
            for one in new:
                _execute_sqlite(conn, _sqlite_insert, one)
        return found
    values: dict[str, Any] = {"updates": sum(len(one.rows) for one in changed)}
    for name, sets, more in (("new", new, ()), ("changed", changed, ("id", "was"))):
        for number, one in enumerate(sets):
            rows = [dict(zip((*one.names, *more), row, strict=True)) for row in one.rows]
            values[f"{name}_{number}"] = orjson.dumps(rows).decode()
    asked = None
    if only_if is not None:
        asked, bind = compiled(only_if.statement, conn.dialect)
        values |= bind(only_if.values)
    statement = _postgres(tuple(one[:2] for one in new), tuple(one[:2] for one in changed), asked, conn.dialect)
    answer: list[RowValues] = execute_text(conn, statement, values).fetchall()
    _all_updated(changed, answer[0][0])
    return [tuple(row[1:]) for row in answer] if only_if else []


def _all_updated(changed: Sequence[RowSet], updated: int) -> None:
    for_update = sum(len(one.rows) for one in changed)
    if updated != for_update:
        some = [row for one in changed for row in one.rows][:3]
        named = " or ".join(f"{row[-2]} is no longer at version {row[-1]}" for row in some)
        raise Overtaken(f"{for_update - updated} of {for_update} rows were changed meanwhile: {named}")


def _execute_sqlite(
    conn: Connection, statement: Callable[[Table, tuple[str, ...]], str], one: RowSet, more: tuple[str, ...] = ()
) -> int:
    stored = list(map(_stored(one.table, (*one.names, *more), conn.dialect), one.rows))
    text = statement(one.table, one.names)
    updated: int = execute_text(conn, text, (orjson.dumps(stored).decode(),)).rowcount
    return updated


@lru_cache(maxsize=64)
def _sqlite_insert(table: Table, names: tuple[str, ...]) -> str:
    values = ", ".join(f"value ->> {place}" for place in range(len(names)))
    return f"INSERT INTO {table.name} ({_columns(table, names)}) SELECT {values} FROM json_each(?)"  # noqa: S608


@lru_cache(maxsize=1024)
def _sqlite_update(table: Table, names: tuple[str, ...]) -> str:
    sets = ", ".join(f"{table.c[name].name} = new.value ->> {place}" for place, name in enumerate(names))
    old, id_, version = table.name, len(names), len(names) + 1
    same = f"{old}.id = new.value ->> {id_} AND {old}.version = new.value ->> {version}"
    return f"UPDATE {old} SET {sets} FROM json_each(?) AS new WHERE {same}"  # noqa: S608


@lru_cache(maxsize=1024)
def _postgres(new: tuple[Columns, ...], changed: tuple[Columns, ...], asked: str | None, dialect: Dialect) -> str:
    """All in one statement: most of a few rows' time is waiting for the answer to each.

    References between the tables are looked at when all is written. Nothing is inserted where an update misses.
    """
    parts = [] if asked is None else [f"only_if AS ({asked})"]
    for number, (table, names) in enumerate(changed):
        sets = ", ".join(f"{table.c[name].name} = new.{name}" for name in names)
        typed = f"{_typed(table, (*names, 'id'), dialect)}, was INTEGER"
        parts.append(
            f"updated_{number} AS (UPDATE {table.name} AS old SET {sets} "  # noqa: S608
            f"FROM json_to_recordset(%(changed_{number})s) AS new ({typed}) "
            "WHERE old.id = new.id AND old.version = new.was RETURNING 1)"
        )
    count = " + ".join(f"(SELECT count(*) FROM updated_{number})" for number in range(len(changed))) or "0"  # noqa: S608
    conditions = [f"({count}) = %(updates)s"] if changed else []
    if asked is not None:
        conditions.append("(SELECT bool_and(is_so) FROM only_if)")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    for number, (table, names) in enumerate(new):
        parts.append(
            f"inserted_{number} AS (INSERT INTO {table.name} ({_columns(table, names)}) "  # noqa: S608
            f"SELECT {', '.join(names)} "
            f"FROM json_to_recordset(%(new_{number})s) AS new ({_typed(table, names, dialect)}){where})"
        )
    answer = "" if asked is None else ", only_if.* FROM only_if"
    return f"WITH {', '.join(parts)} SELECT {count}{answer}"


def _columns(table: Table, names: tuple[str, ...]) -> str:
    """The columns as the database calls them."""
    return ", ".join(table.c[name].name for name in names)


def _typed(table: Table, names: tuple[str, ...], dialect: Dialect) -> str:
    return ", ".join(f"{name} {table.c[name].type.compile(dialect)}" for name in names)


@lru_cache(maxsize=1024)
def _stored(table: Table, names: tuple[str, ...], dialect: Dialect) -> Callable[[RowValues], RowValues]:
    """Makes a row what SQLite stores: each column by its own type, as everywhere else."""
    steps: list[tuple[int, Callable[[Any], Any]]] = []
    for index, name in enumerate(names):
        process = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None:
            recurs = not isinstance(table.c[name].type, JSON)
            steps.append((index, lru_cache(maxsize=4096)(process) if recurs else process))

    def stored(row: RowValues) -> RowValues:
        values = list(row)
        for index, process in steps:
            values[index] = process(values[index])
        return tuple(values)

    return stored if steps else lambda row: row
