"""Migrations: forward to the newest, and whether a database is there."""

from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

from lifecycle.records import roles
from lifecycle.records.engine import is_sqlite, reading, writing
from lifecycle.records.query_timeout import without_query_timeout

_SCRIPTS = files("lifecycle.records").joinpath("migrations")
_POSTGRES_LOCK = 0x11FEC1C1E  # one migration at a time, whoever starts it


class Unfit(Exception):
    """The database cannot hold what is to be kept."""


def migrate(engine: Engine) -> None:
    """Brings the database to the newest revision, in one transaction; does nothing where it is there.

    Where the database's roles are set up its owner does it, and every role has its rights afterwards.
    Raises Unfit for a PostgreSQL database that is not in UTF-8.
    """
    from alembic import command  # takes a while to load
    from alembic.config import Config

    with writing(engine) as conn:
        without_query_timeout(conn)
        if not is_sqlite(conn):
            _refuse_other_encodings(conn)
            conn.exec_driver_sql("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
            conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_POSTGRES_LOCK})")
        owned = not is_sqlite(conn) and roles.act_as_owner(conn)
        config = Config()
        config.set_main_option("script_location", str(_SCRIPTS))
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
        if owned:
            roles.execute_all(conn, roles.rights())


def _refuse_other_encodings(conn: Connection) -> None:
    """The search uses code points, which are the numbers of characters only in UTF-8."""
    driver: Any = conn.connection.driver_connection
    if (encoding := driver.info.parameter_status("server_encoding")) != "UTF8":
        raise Unfit(f"the database's encoding is {encoding}, not UTF8, which holds every name")


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest revision."""
    with reading(engine) as conn:
        if not inspect(conn).has_table("alembic_version"):
            return False
        return conn.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [newest()]


@cache
def newest() -> str:
    """The newest revision: the highest number that a migration's file begins with."""
    return max(file.name[:4] for file in _SCRIPTS.joinpath("versions").iterdir() if file.name[:4].isdecimal())
