"""Migrations: upgrade to the newest revision, record each migration, and check whether a database exists."""

from typing import Any

from sqlalchemy import Connection, Engine

from lifecycle.records import partitioned, roles
from lifecycle.records.engine import is_sqlite, writing
from lifecycle.records.fitness import SCRIPTS, Fitness, fitness, fitness_on, put_on_record
from lifecycle.records.query_timeout import without_query_timeout

_POSTGRES_LOCK = 0x11FEC1C1E  # one migration at a time, in any process


class Unfit(Exception):
    """The database cannot store the data."""


def migrate(engine: Engine, *, accept_changed: bool = False, partitions: int = 0) -> Fitness:
    """Migrate the database to the newest revision, in one transaction. Returns its state before.

    If the database's roles are set up, its owner does it, and every role has its rights afterwards. A database
    that a newer program has migrated is not changed. accept_changed: whether migrations may differ from the
    applied ones. partitions: of contracts and history in a new database on PostgreSQL, 0 for no change. Raises
    Unfit for a PostgreSQL database that is not in UTF-8, one that is too new, changed migrations, and one that
    cannot be partitioned so or is being partitioned.
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
        found = fitness_on(conn, thorough=not accept_changed)
        if found.standing in ("too new", "changed"):
            raise Unfit(f"the database is {found.detail}" if found.standing == "too new" else found.detail)
        if found.standing == "newer":
            return found
        if not is_sqlite(conn) and partitioned.is_begun(conn):
            raise Unfit("its tables are being partitioned: end that, or cancel it, with lifecycle partition")
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
        put_on_record(conn, anew=accept_changed)
        if partitions:
            _partition(conn, partitions)
        if owned:
            roles.execute_all(conn, roles.rights())
        return Fitness("current")


def _partition(conn: Connection, number: int) -> None:
    if is_sqlite(conn):
        raise Unfit("an embedded database has no partitions; they are for PostgreSQL")
    if (found := partitioned.partitions(conn)) == number:
        return
    if found:
        raise Unfit(f"the database has {found} partitions already, and keeps them")
    if conn.exec_driver_sql("SELECT id FROM contract LIMIT 1").first() is not None:
        raise Unfit("the database has contracts already: run lifecycle partition, which copies them")
    conn.exec_driver_sql("RESET ROLE")  # the owner of the tables may make no schema
    partitioned.make_new(conn, number)


def _refuse_other_encodings(conn: Connection) -> None:
    """Refuse other encodings: the search uses code points, which need UTF-8."""
    driver: Any = conn.connection.driver_connection
    if (encoding := driver.info.parameter_status("server_encoding")) != "UTF8":
        raise Unfit(f"the database's encoding is {encoding}, not UTF8, which holds every name")


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest revision."""
    return fitness(engine).standing == "current"
