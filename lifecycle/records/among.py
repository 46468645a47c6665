"""Rows of many at once: those whose column is one of many texts, which are one parameter."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import ARRAY, ColumnElement, Connection, Select, String, any_, bindparam, func, select

from lifecycle.records.engine import is_sqlite
from lifecycle.records.raw import tuples

Values = tuple[Any, ...]  # of a row, as the driver gives them


def among(conn: Connection, statement: Select[Any], column: Any, ids: Sequence[str]) -> list[Values]:
    """The rows whose column is one of many texts, as the driver gives them; the texts are one parameter.

    The statement lives as long as the process: it is compiled once.
    """
    return tuples(conn, _among(statement, column, is_sqlite(conn)), given_ids(conn, ids))


@lru_cache(maxsize=64)
def _among(statement: Select[Any], column: Any, sqlite: bool) -> Select[Any]:
    return statement.where(is_among(column, sqlite=sqlite))


def is_among(column: Any, *, sqlite: bool) -> ColumnElement[bool]:
    """Whether a column is one of the texts that `given_ids` gives."""
    ids = func.json_each(bindparam("ids")).table_valued("value").c.value
    found: ColumnElement[bool] = (
        column.in_(select(ids)) if sqlite else column == any_(bindparam("ids", type_=ARRAY(String)))
    )
    return found


def given_ids(conn: Connection, ids: Sequence[str]) -> dict[str, Any]:
    """Texts as the one parameter of `is_among`."""
    return {"ids": orjson.dumps(list(ids)).decode() if is_sqlite(conn) else list(ids)}
