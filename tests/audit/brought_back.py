"""Restores a database after a test has tampered with it, so that one database serves many tests."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine

from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from tests.postgres import SUPERUSER, as_login


@contextmanager
def brought_back(engine: Engine) -> Iterator[None]:
    """Undo every change of the block: on PostgreSQL the rows, on SQLite the whole file."""
    with (_file if is_sqlite(engine) else _rows)(engine):
        yield


@contextmanager
def _file(engine: Engine) -> Iterator[None]:
    with (
        closing(sqlite3.connect(":memory:")) as kept,
        closing(sqlite3.connect(str(engine.url.database))) as stored,
    ):
        stored.backup(kept)
        yield
        kept.backup(stored)


@contextmanager
def _rows(engine: Engine) -> Iterator[None]:
    names = [table.name for table in tables.metadata.sorted_tables]
    with unguarded(engine) as conn:
        kept = {name: _copied(conn, name) for name in names}
    yield
    with unguarded(engine) as conn:
        for name in names:
            if _copied(conn, name) != kept[name]:
                conn.execute(SQL("DELETE FROM {}").format(Identifier(name)))
                with conn.cursor().copy(
                    SQL("COPY {} FROM STDIN (FORMAT binary)").format(Identifier(name))
                ) as copy:
                    copy.write(kept[name])


@contextmanager
def unguarded(engine: Engine) -> Iterator[psycopg.Connection]:
    """A connection on the same PostgreSQL database that no trigger holds back."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(as_login(url, SUPERUSER)) as conn:
        conn.execute("SET session_replication_role = replica")
        yield conn


def _copied(conn: psycopg.Connection, name: str) -> bytes:
    with conn.cursor().copy(SQL("COPY {} TO STDOUT (FORMAT binary)").format(Identifier(name))) as copy:
        return b"".join(map(bytes, copy))
