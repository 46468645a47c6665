"""The database engines and transactions: SQLite embedded by default, or PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from select import POLLIN, poll
from typing import Any

import orjson
import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError

from lifecycle.records.database_file import DatabaseFile, pool_on
from lifecycle.records.query_timeout import TimedConnection
from lifecycle.spans import transaction

BUSY_MS = 10_000
TRIES = 20
CACHE_KIB = 4_096  # of each connection: a process with eight of them keeps 32 MiB of a large database
PRAGMAS = (
    "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", f"busy_timeout={BUSY_MS}",
    f"cache_size=-{CACHE_KIB}",
)  # fmt: skip
_ESCAPED = "@ : / ? # % as %40 %3A %2F %3F %23 %25"
_POOLED = "pooled"
_BEGINS = "begins"  # how the next transaction on an SQLite connection begins, by default as a writing one
PATIENCE_S = 10  # for a connection of the pool, or a new one
POSTGRES_SETTINGS = {
    "timezone": "UTC", "lock_timeout": "10s", "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "30s",
}  # fmt: skip
DEAD_LINES = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000}


def open_engine(url: str, pool_size: int = 8) -> Engine:
    """Return an engine for a database URL (`sqlite:///file` or `postgresql://…`), configured for short
    transactions.

    pool_size: connections kept to PostgreSQL; at most as many overflow connections are added. With
    `?pooler=transaction` the server is behind a transaction pooler such as PgBouncer. Raises ValueError for
    another kind of database or pooler.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # its text may quote a part of the password
        raise ValueError(f"its address cannot be read; in a password write {_ESCAPED}") from None
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    if parsed.get_backend_name() == "postgresql":
        return _postgres(parsed, pool_size)
    raise ValueError(f"the database is SQLite or PostgreSQL, not {parsed.get_backend_name()}")


def described(url: URL) -> str:
    """Return the database of a URL in words and without its login: kind, place, name."""
    if url.get_backend_name() == "sqlite":
        memory = url.database in (None, "", ":memory:")
        return "SQLite in memory" if memory else f"SQLite file {Path(str(url.database)).absolute()}"
    hosts = url.query.get("host", ())
    places = [hosts] if isinstance(hosts, str) else list(hosts)
    if url.host:
        places.insert(0, f"{url.host}:{url.port}" if url.port else url.host)
    return f"PostgreSQL database {url.database or '(by default)'} on {', '.join(places) or 'this machine'}"


def is_sqlite(conn: Connection | Engine) -> bool:
    """Whether the database is SQLite."""
    return conn.dialect.name == "sqlite"


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write; committed at the end, rolled back by any exception.

    On SQLite it takes the write lock at once (BEGIN IMMEDIATE), so that it never fails half-way.
    """
    with transaction(engine.dialect.name, "write"), engine.connect() as conn, conn.begin():
        yield conn


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads; on SQLite it does not wait for a writer."""
    with (
        transaction(engine.dialect.name, "read"),
        engine.connect().execution_options(read_only=True) as conn,
    ):
        conn.info[_BEGINS] = "BEGIN"
        with conn.begin():
            yield conn


def close(engine: Engine) -> None:
    """Close the connections of the pool; SQLite's write-ahead log is written into the file first."""
    if is_sqlite(engine):
        with suppress(DBAPIError), engine.connect() as conn:
            connection: Any = conn.connection.driver_connection
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _sqlite(url: URL) -> Engine:
    file = DatabaseFile(url.database) if url.database and url.database != ":memory:" else None
    if file is not None:
        file.make()
    engine = create_engine(
        url,
        json_serializer=_json,
        hide_parameters=True,
        json_deserializer=orjson.loads,
        connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False},
        poolclass=None if file is None else pool_on(file),
    )

    @event.listens_for(engine, "connect")
    def _connected(dbapi_connection: Any, record: Any) -> None:
        dbapi_connection.isolation_level = None  # SQLAlchemy's events begin transactions
        _write_ahead(dbapi_connection)
        for pragma in PRAGMAS:
            dbapi_connection.execute(f"PRAGMA {pragma}")
        if file is not None:
            file.connected(record.info)
            record.info["file"] = file

    if file is not None:
        event.listen(engine, "do_connect", lambda *_: file.connecting())

    def begin(dbapi_connection: Any) -> None:
        if file is not None:
            file.check(dbapi_connection.info)
        dbapi_connection.execute(dbapi_connection.info.pop(_BEGINS, "BEGIN IMMEDIATE"))

    engine.dialect.do_begin = begin  # type: ignore[method-assign]  # an event would slow down every statement
    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Set WAL. SQLite refuses this at once while another process writes to a new file, so take a lock first, which
    waits.
    """
    for _ in range(TRIES):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    connection.execute("PRAGMA journal_mode=WAL")


def is_pooled(engine: Engine) -> bool:
    """Whether the connection goes through a transaction pooler, which shares sessions."""
    return bool(engine.get_execution_options().get(_POOLED))


def _postgres(url: URL, pool_size: int) -> Engine:
    pooler = url.query.get("pooler")
    if pooler not in (None, "transaction"):
        raise ValueError("pooler=transaction is the only kind of pooler that has to be named")
    options = " ".join(f"-c {name}={value}" for name, value in POSTGRES_SETTINGS.items())
    of_session: dict[str, Any] = {"prepare_threshold": None} if pooler else {"options": options}
    engine = create_engine(
        url.set(drivername="postgresql+psycopg").difference_update_query(["pooler"]),
        json_serializer=_json,
        hide_parameters=True,
        json_deserializer=orjson.loads,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=PATIENCE_S,
        connect_args={**of_session, "connect_timeout": PATIENCE_S, **DEAD_LINES},
        execution_options={_POOLED: pooler is not None},
    )

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, _args: Any, parameters: dict[str, Any]) -> TimedConnection:
        return TimedConnection.connect(**parameters)

    event.listen(engine, "checkout", _unless_hung_up)
    if pooler:
        settings = "; ".join(f"SET LOCAL {name} = '{value}'" for name, value in POSTGRES_SETTINGS.items())
        event.listen(engine, "begin", lambda conn: conn.exec_driver_sql(settings))
    return engine


def _unless_hung_up(dbapi_connection: Any, _record: object, _fairy: object) -> None:
    """Do not hand out a pooled connection that the server has closed.

    An idle server sends nothing before it closes, so only a readable connection is checked.
    """
    heard = poll()
    heard.register(dbapi_connection.fileno(), POLLIN)
    if heard.poll(0):
        try:
            dbapi_connection.execute("SELECT 1")
            dbapi_connection.rollback()
        except psycopg.Error as error:
            raise DisconnectionError("the server has closed the connection") from error
