"""Statements and rows as the driver takes and gives them: where a command or a sweep spends its time.

The types are the tables' own; what recurs on many rows, such as days, is made once.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import JSON, Column, ColumnElement, Connection, CursorResult, Dialect, Text, cast, type_coerce
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import NullType, TypeEngine

Decoders = tuple[tuple[int, Callable[[Any], Any]], ...]


def run(conn: Connection, statement: ClauseElement, *values: Mapping[str, Any]) -> CursorResult[Any]:
    """Executes a statement, once for each of values: by name, all its parameters and no others.

    It is compiled once, for good: for statements that live as long as the process and return next to nothing,
    as what describes the columns of a result is made each time.
    """
    text, bind = _compiled(statement, conn.dialect)
    return conn.exec_driver_sql(text, [*map(bind, values)] if len(values) > 1 else bind(values[0]))


def tuples(conn: Connection, statement: ClauseElement, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement that is compiled once, as the driver gives them."""
    rows: list[tuple[Any, ...]]
    if conn.dialect.name == "sqlite":  # whose answers are so quick that making a result of them would show
        text, bind = _compiled(statement, conn.dialect)
        driver: Any = conn.connection.driver_connection
        try:
            rows = driver.execute(text, bind(values)).fetchall()
            return rows
        except sqlite3.Error:
            pass  # asked again below it is raised as other statements raise it
    found: Any = run(conn, statement, values)
    rows = found.cursor.fetchall()
    found.close()
    return rows


@lru_cache(maxsize=1024)
def _compiled(statement: ClauseElement, dialect: Dialect) -> tuple[str, Callable[[Mapping[str, Any]], Any]]:
    """A statement's text, and what makes its parameters the driver's."""
    compiled: Any = statement.compile(dialect=dialect)
    names = compiled.positiontup if compiled.positional else list(compiled.binds)
    types = [compiled.binds[name].type.dialect_impl(dialect) for name in names]
    binders = [(name, _binder(type_, dialect)) for name, type_ in zip(names, types, strict=True)]
    if compiled.positional:
        return str(compiled), lambda values: tuple([bind(values[name]) for name, bind in binders])
    return str(compiled), lambda values: {name: bind(values[name]) for name, bind in binders}


def _binder(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any]:
    process = type_.bind_processor(dialect)
    if process is None:
        return _as_it_is
    return process if isinstance(type_, JSON) else lru_cache(maxsize=4096)(process)


def _as_it_is(value: Any) -> Any:
    return value


def raw(column: Column[Any]) -> ColumnElement[Any]:
    """A column to select without its type; JSON as text."""
    plain: ColumnElement[Any] = (
        cast(column, Text) if isinstance(column.type, JSON) else type_coerce(column, NullType())
    )
    return plain.label(column.name)


@lru_cache(maxsize=64)
def decoders(columns: tuple[Column[Any], ...], dialect: Dialect) -> Decoders:
    """For each column that needs it: its place, and what makes a raw value the column's."""
    found: list[tuple[int, Callable[[Any], Any]]] = []
    for index, column in enumerate(columns):
        if isinstance(column.type, JSON):
            found.append((index, _json))
        elif (process := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None:
            found.append((index, lru_cache(maxsize=4096)(process)))
    return tuple(found)


def decoded(row: Sequence[Any], how: Decoders) -> list[Any]:
    """A raw row's values. Raises whatever values that cannot be read raise."""
    values = list(row)
    for index, decode in how:
        values[index] = decode(values[index])
    return values


def _json(text: str | None) -> Any:
    if text is None or text == "[]":
        return () if text else None
    return orjson.loads(text)
