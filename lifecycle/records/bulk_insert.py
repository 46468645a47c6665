"""Writes rows into tables: a single row as parameters, many as one JSON parameter of a cached statement.

The database processes all rows without Python, so that another thread can run meanwhile. 1,000 at a time, a step
takes 80 us of CPU on SQLite with its payload in the JSON and 64 without (_apart); alone on PostgreSQL, 400 us as
JSON and 290 as parameters. COPY gains nothing (122 us, JSON 119). Values that all rows have in common are separate
parameters.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Dialect, Select, Table

from lifecycle.errors import TryAgain
from lifecycle.records.compiled import compiled, execute_text, fetch_tuples
from lifecycle.records.engine import is_sqlite
from lifecycle.records.row_sets import PLACE, TEXTS, RowSet, RowValues, apart, in_common, stored_as, without

SqliteStatement = tuple[str, Callable[[RowValues], Sequence[Any]]]  # and the conversion of a row into parameters
_KNOWN = ("id", "version")  # the key of an updated row, with the version that was read


class ConcurrentChange(TryAgain):
    """The row was changed since it was read: nothing was written; retry."""


class Condition(NamedTuple):
    """A condition for writing: a SELECT whose first column, `is_so`, is its result."""

    statement: Select[Any]
    values: Mapping[str, Any]


def write_row_sets(
    conn: Connection, new: Sequence[RowSet], changed: Sequence[RowSet] = (), only_if: Condition | None = None
) -> list[RowValues]:
    """Update rows, then insert others in order; rows come after those they refer to.

    only_if: checked first, on PostgreSQL in the statement that writes; if it does not hold, nothing is inserted.
    Returns its rows. Raises ConcurrentChange if a row has another version than the one read; then nothing may be
    committed.
    """
    new, changed = [one for one in new if one.rows], [one for one in changed if one.rows]
    if is_sqlite(conn) or not (new or changed):
        found = fetch_tuples(conn, *only_if) if only_if else []
        _all_updated(changed, sum([_execute_sqlite(conn, one, update=True) for one in changed]))
        if all(is_so for is_so, *_ in found):
            for one in new:
                _execute_sqlite(conn, one)
        return found
    values: dict[str, Any] = {"updates": sum(len(one.rows) for one in changed)}
    parts: list[StatementPart] = []
    for number, one in enumerate(changed):
        parts.append(_part(one, ("id", "was"), f"updated_{number}", values))
    for number, one in enumerate(new):
        parts.append(_part(one, (), f"inserted_{number}", values))
    asked = None
    if only_if is not None:
        asked, bind = compiled(only_if.statement, conn.dialect)
        values |= bind(only_if.values)
    answer = execute_text(conn, _postgres(tuple(parts), asked, conn.dialect), values).fetchall()
    _all_updated(changed, answer[0][0])
    return [tuple(row[1:]) for row in answer] if only_if else []


def _all_updated(changed: Sequence[RowSet], updated: int) -> None:
    for_update = sum([len(one.rows) for one in changed])
    if updated != for_update:
        some = [row for one in changed for row in one.rows][:3]
        named = " or ".join(f"{row[-2]} is no longer at version {row[-1]}" for row in some)
        raise ConcurrentChange(f"{for_update - updated} of {for_update} rows were changed meanwhile: {named}")


def _execute_sqlite(conn: Connection, one: RowSet, *, update: bool = False) -> int:
    if len(one.rows) == 1:
        text, stored = _one_row(one.table, one.names, update, conn.dialect)
        return int(execute_text(conn, text, stored(one.rows[0])).rowcount)
    names = (*one.names, *_KNOWN) if update else one.names
    common = in_common(names, one.rows)
    text, stored, stored_once = _rows(one.table, one.names, update, common, conn.dialect)
    own = tuple([name for at, name in enumerate(names) if at not in common])
    rows, texts = apart(own, list(map(stored, without(common, one.rows))))
    values = [*stored_once(tuple([one.rows[0][at] for at in common])), *texts]
    version = [values.pop()] if update and len(names) - 1 in common else []
    return int(execute_text(conn, text, [*values, orjson.dumps(rows).decode(), *version]).rowcount)


@lru_cache(maxsize=1024)
def _one_row(table: Table, names: tuple[str, ...], update: bool, dialect: Dialect) -> SqliteStatement:
    text = (_sqlite_update if update else _sqlite_insert)(table, names, None)
    return text, stored_as(table, (*names, *_KNOWN) if update else names, dialect, bytes.decode)


@lru_cache(maxsize=1024)
def _rows(
    table: Table, names: tuple[str, ...], update: bool, common: tuple[int, ...], dialect: Dialect
) -> tuple[str, Callable[[RowValues], Sequence[Any]], Callable[[RowValues], Sequence[Any]]]:
    """Return the statement, the conversion of a row's own values for SQLite, and the common values."""
    given = (*names, *_KNOWN) if update else names
    text = (_sqlite_update if update else _sqlite_insert)(table, names, common)
    own = tuple([name for at, name in enumerate(given) if at not in common])
    return text, stored_as(table, own, dialect), stored_as(table, tuple([given[at] for at in common]), dialect)


def _said(number: int, common: tuple[int, ...]) -> list[str]:
    """Return the expression for each value of a row on SQLite."""
    own = count()
    return ["?" if at in common else f"value ->> {next(own)}" for at in range(number)]


def _sqlite_insert(table: Table, names: tuple[str, ...], common: tuple[int, ...] | None) -> str:
    into = f"INSERT INTO {table.name} ({_columns(table, names)})"
    if common is None:
        return f"{into} VALUES ({', '.join('?' * len(names))})"
    values = _said(len(names), common)
    if names[-1] in TEXTS:
        values[-1] = f"CAST(substr(?, {values[-1]}, value ->> {len(names) - len(common)}) AS TEXT)"
    return f"{into} SELECT {', '.join(values)} FROM json_each(?)"  # noqa: S608


def _sqlite_update(table: Table, names: tuple[str, ...], common: tuple[int, ...] | None) -> str:
    columns, old = [table.c[name].name for name in names], table.name
    if common is None:
        sets = ", ".join(f"{column} = ?" for column in columns)
        return f"UPDATE {old} SET {sets} WHERE id = ? AND version = ?"  # noqa: S608
    *values, id_, version = _said(len(names) + len(_KNOWN), common)
    sets = ", ".join(f"{column} = {value}" for column, value in zip(columns, values, strict=True))
    same = f"{old}.id = {id_} AND {old}.version = {version}"
    return f"UPDATE {old} SET {sets} FROM json_each(?) AS new WHERE {same}"  # noqa: S608


class StatementPart(NamedTuple):
    """One insert or update of a PostgreSQL statement.

    alone: of one row, whose values are parameters. common: columns whose values are parameters because all rows
    have the same.
    """

    name: str
    table: Table
    names: tuple[str, ...]
    alone: bool
    common: tuple[str, ...] = ()


def _part(one: RowSet, more: tuple[str, ...], name: str, values: dict[str, Any]) -> StatementPart:
    """Return a part with its rows as parameters."""
    names, alone = (*one.names, *more), len(one.rows) == 1
    places = tuple(range(len(names))) if alone else in_common(names, one.rows)
    for at in places:
        value = one.rows[0][at]
        if isinstance(value, dict | list | tuple):
            value = orjson.dumps(value)
        values[f"{name}_{names[at]}"] = value.decode() if isinstance(value, bytes) else value
    if alone:
        return StatementPart(name, one.table, one.names, alone)
    own = tuple([column for at, column in enumerate(names) if at not in places])
    rows, texts = apart(own, without(places, one.rows))
    own = own if not texts else (*own[:-1], *PLACE)
    values[name] = orjson.dumps([dict(zip(own, row, strict=True)) for row in rows]).decode()
    for text in texts:
        values[f"{name}_texts"] = text
    return StatementPart(name, one.table, one.names, alone, tuple([names[at] for at in places]))


@lru_cache(maxsize=1024)
def _postgres(parts: tuple[StatementPart, ...], asked: str | None, dialect: Dialect) -> str:
    """Execute all in one statement: with few rows, most of the time is waiting for answers.

    Foreign keys are checked at the end. Nothing is inserted if a row to update is not found.
    """
    written = [] if asked is None else [f"only_if AS ({asked})"]
    updates = [part.name for part in parts if part.name.startswith("updated")]
    count = " + ".join(f"(SELECT count(*) FROM {name})" for name in updates) or "0"  # noqa: S608
    conditions = [f"{count} = %(updates)s"] if updates else []
    if asked is not None:
        conditions.append("(SELECT bool_and(is_so) FROM only_if)")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    for part in parts:
        name, table, names = part.name, part.table, part.names
        if name in updates:
            sets = ", ".join(f"{table.c[column].name} = new.{column}" for column in names)
            source = _source(part, _types(table, (*names, "id"), dialect) | {"was": "INTEGER"})
            same = "old.id = new.id AND old.version = new.was"
            statement = f"UPDATE {table.name} AS old SET {sets} FROM {source} WHERE {same} RETURNING 1"  # noqa: S608
        else:
            types, selected = _types(table, names, dialect), list(names)
            if names[-1] in TEXTS and not part.alone:
                types = _types(table, names[:-1], dialect) | dict.fromkeys(PLACE, "INTEGER")
                selected[-1] = f"convert_from(substr(%({name}_texts)b, {', '.join(PLACE)}), 'UTF8')"
            rows = f"SELECT {', '.join(selected)} FROM {_source(part, types)}"  # noqa: S608
            statement = f"INSERT INTO {table.name} ({_columns(table, names)}) {rows}{where}"
        written.append(f"{name} AS ({statement})")
    answer = "" if asked is None else ", only_if.* FROM only_if"
    return f"WITH {', '.join(written)} SELECT {count}{answer}"


def _source(part: StatementPart, types: Mapping[str, str]) -> str:
    """The rows of a part, with typed columns."""
    values = [
        f"CAST(%({part.name}_{column})s AS {type_}) AS {column}"
        for column, type_ in types.items()
        if part.alone or column in part.common
    ]
    if part.alone:
        return f"(SELECT {', '.join(values)}) AS new"
    own = ", ".join(f"{column} {type_}" for column, type_ in types.items() if column not in part.common)
    rows = f"json_to_recordset(%({part.name})s) AS new ({own})"
    return f"(SELECT new.*, {', '.join(values)} FROM {rows}) AS new" if values else rows  # noqa: S608


def _columns(table: Table, names: tuple[str, ...]) -> str:
    """The names of the columns in the database."""
    return ", ".join(table.c[name].name for name in names)


def _types(table: Table, names: tuple[str, ...], dialect: Dialect) -> dict[str, str]:
    return {name: table.c[name].type.compile(dialect) for name in names}
