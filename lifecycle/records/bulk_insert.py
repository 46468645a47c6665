"""Rows into tables, a whole set in one statement: by COPY on PostgreSQL, as JSON on SQLite.

However many the rows, the database works on them without Python: another thread goes on meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

import orjson
from sqlalchemy import JSON, Connection, Dialect, Select, Table

from lifecycle.records.compiled import compiled, fetch_tuples
from lifecycle.records.engine import is_sqlite

RowValues = tuple[Any, ...]
FEW = 200  # rows up to which one statement is quicker than a COPY with its two round trips
AS_BYTES = ("payload", "body")  # JSON as text, handed over as the bytes it is; the last column of its table
_PLACE = ("begins", "long")  # where one text is among the bytes of all


class Condition(NamedTuple):
    """What has to be true for rows to be written: a SELECT whose first column, `is_so`, says whether it is."""

    statement: Select[Any]
    values: Mapping[str, Any]


class RowSet(NamedTuple):
    """Rows for a table, columns as in names."""

    table: Table
    names: tuple[str, ...]
    rows: Sequence[RowValues]


def insert_rows(conn: Connection, table: Table, names: tuple[str, ...], rows: Sequence[RowValues]) -> None:
    """Inserts rows, columns as in names, in their order."""
    insert_row_sets(conn, [RowSet(table, names, rows)])


def insert_row_sets(conn: Connection, sets: Sequence[RowSet], only_if: Condition | None = None) -> list[RowValues]:
    """Inserts rows into several tables, in their order; what refers to another's rows comes after it.

    only_if: asked first, of PostgreSQL in the statement that writes where the rows are few; where it is not so
    nothing is written. Returns its rows.
    """
    filled = [one for one in sets if one.rows]
    if not is_sqlite(conn) and filled and sum(len(one.rows) for one in filled) <= FEW:
        return _insert_few(conn, filled, only_if)
    found = fetch_tuples(conn, *only_if) if only_if else []
    if all(is_so for is_so, *_ in found):
        insert = _insert_sqlite if is_sqlite(conn) else _copy
        for one in filled:
            insert(conn, *one)
    return found


def _insert_sqlite(conn: Connection, table: Table, names: tuple[str, ...], rows: Sequence[RowValues]) -> None:
    stored = list(map(_stored(table, names, conn.dialect), rows))
    texts: tuple[Any, ...] = ()
    if names[-1] in AS_BYTES:
        texts, stored = (b"".join([row[-1] for row in stored]),), _placed(stored)
    conn.exec_driver_sql(_sqlite_insert(table, names), (*texts, orjson.dumps(stored).decode()))


def update_rows(conn: Connection, table: Table, names: tuple[str, ...], rows: Sequence[RowValues]) -> int:
    """Updates rows, columns as in names, then the id and the version expected; how many were at that version."""
    if is_sqlite(conn):
        stored = _stored(table, (*names, "id", "version"), conn.dialect)
        statement, records = _sqlite_update(table, names), list(map(stored, rows))
        return conn.exec_driver_sql(statement, (orjson.dumps(records).decode(),)).rowcount
    called, statement = (*names, "id", "was"), _postgres_update(table, names, conn.dialect)
    named = [dict(zip(called, row, strict=True)) for row in rows]
    return conn.exec_driver_sql(statement, (orjson.dumps(named).decode(),)).rowcount


def _insert_few(conn: Connection, sets: Sequence[RowSet], only_if: Condition | None) -> list[RowValues]:
    """All in one statement: most of a small set's time is waiting for the answer to each."""
    values: dict[str, Any] = {}
    for number, (_, names, rows) in enumerate(sets):
        if names[-1] in AS_BYTES:
            values[f"texts_{number}"] = b"".join([row[-1] for row in rows])
            names, rows = (*names[:-1], *_PLACE), _placed(rows)
        values[f"set_{number}"] = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows]).decode()
    tables = tuple((one.table, one.names) for one in sets)
    if only_if is None:
        conn.exec_driver_sql(_postgres_insert(tables, None, conn.dialect), values)
        return []
    values |= compiled(only_if.statement, conn.dialect)[1](only_if.values)
    found = conn.exec_driver_sql(_postgres_insert(tables, only_if.statement, conn.dialect), values)
    return [tuple(row) for row in found]


def _copy(conn: Connection, table: Table, names: tuple[str, ...], rows: Sequence[RowValues]) -> None:
    driver: Any = conn.connection.driver_connection
    statement = f"COPY {table.name} ({_columns(table, names)}) FROM STDIN (FORMAT BINARY)"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(_types(table, names, conn.dialect))
        for row in map(_stored(table, names, conn.dialect), rows):
            copy.write_row(row)


@lru_cache(maxsize=64)
def _sqlite_insert(table: Table, names: tuple[str, ...]) -> str:
    places = len(names) - (names[-1] in AS_BYTES)
    values = [f"value ->> {place}" for place in range(places)]
    if places < len(names):
        values.append(f"CAST(substr(?, value ->> {places}, value ->> {places + 1}) AS TEXT)")
    return f"INSERT INTO {table.name} ({_columns(table, names)}) SELECT {', '.join(values)} FROM json_each(?)"  # noqa: S608


def _placed(rows: Sequence[RowValues]) -> list[RowValues]:
    """Rows with the place and length of their last column, among the bytes of all, instead of it."""
    lengths = [len(row[-1]) for row in rows]
    starts = accumulate(lengths[:-1], initial=1)
    return [(*row[:-1], start, length) for row, start, length in zip(rows, starts, lengths, strict=True)]


@lru_cache(maxsize=64)
def _postgres_insert(
    sets: tuple[tuple[Table, tuple[str, ...]], ...], only_if: Select[Any] | None, dialect: Dialect
) -> str:
    """As JSON; references between the tables are looked at when all is written."""
    parts, where, found = [], "", ""
    if only_if is not None:
        parts, found = [f"only_if AS ({compiled(only_if, dialect)[0]})"], " * FROM only_if"
        where = " WHERE (SELECT bool_and(is_so) FROM only_if)"
    for number, (table, names) in enumerate(sets):
        types, values = {name: table.c[name].type.compile(dialect) for name in names}, list(names)
        if names[-1] in AS_BYTES:
            types = {name: types[name] for name in names[:-1]} | dict.fromkeys(_PLACE, "INTEGER")
            values[-1] = f"convert_from(substr(%(texts_{number})b, {', '.join(_PLACE)}), 'UTF8')"
        typed = ", ".join(f"{name} {type_}" for name, type_ in types.items())
        parts.append(
            f"set_{number} AS (INSERT INTO {table.name} ({_columns(table, names)}) "  # noqa: S608
            f"SELECT {', '.join(values)} FROM json_to_recordset(%(set_{number})s) AS new ({typed}){where})"
        )
    return f"WITH {', '.join(parts)} SELECT{found}"


@lru_cache(maxsize=256)
def _sqlite_update(table: Table, names: tuple[str, ...]) -> str:
    sets = ", ".join(f"{table.c[name].name} = new.value ->> {place}" for place, name in enumerate(names))
    same = (
        f"{table.name}.id = new.value ->> {len(names)} AND {table.name}.version = new.value ->> {len(names) + 1}"
    )
    return f"UPDATE {table.name} SET {sets} FROM json_each(?) AS new WHERE {same}"  # noqa: S608


@lru_cache(maxsize=256)
def _postgres_update(table: Table, names: tuple[str, ...], dialect: Dialect) -> str:
    """As JSON: cheaper than arrays or a temporary table."""
    sets = ", ".join(f"{table.c[name].name} = new.{name}" for name in names)
    types = {name: table.c[name].type.compile(dialect) for name in (*names, "id")} | {"was": "INTEGER"}
    columns = ", ".join(f"{name} {type_}" for name, type_ in types.items())
    return (
        f"UPDATE {table.name} AS old SET {sets} FROM json_to_recordset(%s) AS new ({columns}) "  # noqa: S608
        "WHERE old.id = new.id AND old.version = new.was"
    )


def _columns(table: Table, names: tuple[str, ...]) -> str:
    """The columns as the database calls them."""
    return ", ".join(table.c[name].name for name in names)


@lru_cache(maxsize=64)
def _types(table: Table, names: tuple[str, ...], dialect: Dialect) -> list[str]:
    """The columns' types by PostgreSQL's names, without lengths; in binary, text is bytes."""
    types = [table.c[name].type.compile(dialect).partition("(")[0].lower() for name in names]
    return ["bytea" if name in AS_BYTES else type_ for name, type_ in zip(names, types, strict=True)]


@lru_cache(maxsize=256)
def _stored(table: Table, names: tuple[str, ...], dialect: Dialect) -> Callable[[RowValues], RowValues]:
    """Makes a row what the driver takes: each column by its own type, as everywhere else."""
    steps: list[tuple[int, Callable[[Any], Any]]] = []
    for index, name in enumerate(names):
        process = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None and name not in AS_BYTES:
            recurs = not isinstance(table.c[name].type, JSON)
            steps.append((index, lru_cache(maxsize=4096)(process) if recurs else process))

    def stored(row: RowValues) -> RowValues:
        values = list(row)
        for index, process in steps:
            values[index] = process(values[index])
        return tuple(values)

    return stored if steps else lambda row: row
