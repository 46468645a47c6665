"""Selects rows whose column is one of many texts, which are passed as one parameter."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import ARRAY, ColumnElement, Connection, Select, String, any_, bindparam, func, select

from lifecycle.records.compiled import fetch_tuples
from lifecycle.records.engine import is_sqlite

Values = tuple[Any, ...]  # values of a row, as the driver returns them


def any_of(conn: Connection, statement: Select[Any], column: Any, ids: Sequence[str]) -> list[Values]:
    """Return the rows whose column is one of many texts, as the driver returns them.

    The statement is compiled once per process.
    """
    return fetch_tuples(conn, _any_of(statement, column, is_sqlite(conn)), given_ids(conn, ids))


@lru_cache(maxsize=64)
def _any_of(statement: Select[Any], column: Any, sqlite: bool) -> Select[Any]:
    return statement.where(is_any_of(column, sqlite=sqlite))


def is_any_of(column: Any, *, sqlite: bool) -> ColumnElement[bool]:
    """A condition: a column is one of the texts of `given_ids`."""
    ids = func.json_each(bindparam("ids")).table_valued("value").c.value
    found: ColumnElement[bool] = (
        column.in_(select(ids)) if sqlite else column == any_(bindparam("ids", type_=ARRAY(String)))
    )
    return found


def given_ids(conn: Connection, ids: Sequence[str]) -> dict[str, Any]:
    """Return texts as the one parameter of `is_any_of`."""
    return {"ids": orjson.dumps(list(ids)).decode() if is_sqlite(conn) else list(ids)}
