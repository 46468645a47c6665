"""Migrations: forward to the newest, and whether a database is there."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from lifecycle.records import roles
from lifecycle.records.engine import is_sqlite, reading, writing
from lifecycle.records.patience import wait_for_ever

_POSTGRES_LOCK = 0x11FEC1C1E  # one migration at a time, whoever starts it


def migrate(engine: Engine) -> None:
    """Brings the database to the newest revision, in one transaction; does nothing where it is there.

    Where the database's roles are set up its owner does it, and every role has its rights afterwards.
    """
    with writing(engine) as conn:
        wait_for_ever(conn)
        if not is_sqlite(conn):
            conn.exec_driver_sql("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
            conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_POSTGRES_LOCK})")
        owned = not is_sqlite(conn) and roles.act_as_owner(conn)
        config = _config()
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
        if owned:
            roles.run(conn, roles.rights())


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest revision."""
    with reading(engine) as conn:
        found = MigrationContext.configure(conn).get_current_revision()
    return found == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("lifecycle.records").joinpath("migrations")))
    return config
