"""Statements and rows as the driver takes and gives them: where a command or a sweep spends its time.

The types are the tables' own; what recurs on many rows, such as days, is made once.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import JSON, Column, ColumnElement, Connection, CursorResult, Dialect, Text, cast, type_coerce
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import NullType

Decoders = tuple[tuple[int, Callable[[Any], Any]], ...]
Binders = tuple[tuple[str, Callable[[Any], Any] | None], ...]


def run(conn: Connection, statement: ClauseElement, *values: Mapping[str, Any]) -> CursorResult[Any]:
    """Executes a statement, once for each of values: by name, all its parameters and no others.

    It is compiled once, and its rows are as the driver gives them. Statements live as long as the process.
    """
    text, binders, by_name = _compiled(statement, conn.dialect)
    bound: list[Any] = []
    for given in values:
        named = [(name, bind(given[name]) if bind else given[name]) for name, bind in binders]
        bound.append(dict(named) if by_name else tuple([value for _, value in named]))
    return conn.exec_driver_sql(text, bound if len(bound) > 1 else bound[0])


@lru_cache(maxsize=1024)
def _compiled(statement: ClauseElement, dialect: Dialect) -> tuple[str, Binders, bool]:
    compiled: Any = statement.compile(dialect=dialect)
    names = compiled.positiontup if compiled.positional else list(compiled.binds)
    kinds = {name: compiled.binds[name].type.dialect_impl(dialect) for name in names}
    binders = tuple((name, kinds[name].bind_processor(dialect)) for name in names)
    return str(compiled), binders, not compiled.positional


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
