"""Migrated databases that are lent to one test after another, each with a warm engine.

Between two loans a database is reset to its initial state. On SQLite the file is copied again. On PostgreSQL other
connections are closed and the rows are deleted; if more than rows changed, or there are many rows, the database is
dropped and created again. A warm engine saves most of the time of a short test: its statements are compiled, and
its connections know the tables.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import Engine, event

from lifecycle.records.engine import open_engine
from tests.postgres import Postgres

MIGRATIONS = ("alembic_version", "applied_migration", "sealer_turn")  # tables whose rows the migrations write
MANY = 1 << 19  # bytes of one table, removed rows included
PATIENCE_MS = 10_000
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
NUMBERS = "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence"
OTHERS = """
    SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL(%s)"""
OURS = {  # catalogs, and the condition for rows that the creation of a database has written
    "pg_class": "oid >= 16384", "pg_attribute": "attrelid >= 16384", "pg_constraint": "oid >= 16384",
    "pg_attrdef": "true", "pg_trigger": "true", "pg_proc": "oid >= 16384", "pg_type": "oid >= 16384",
    "pg_sequence": "true", "pg_namespace": "true", "pg_default_acl": "true", "pg_policy": "true",
    "pg_event_trigger": "true", "pg_extension": "true", "pg_db_role_setting": "true", "pg_auth_members": "true",
    "pg_database": "datname = current_database()", "alembic_version": "true",
}  # fmt: skip
SHAPE = "SELECT " + ", ".join(
    f"(SELECT (count(*), sum(xmin::text::bigint))::text FROM {name} WHERE {which})" for name, which in OURS.items()
)


@dataclass(frozen=True)
class Lent:
    """A fresh, migrated database. `engine` is the borrower's own as to what it listens to."""

    url: str
    engine: Engine


class Database(Protocol):
    """A database that can be lent."""

    url: str
    engine: Engine

    def empty(self) -> None:
        """Reset it to its initial state."""

    def close(self) -> None:
        """Lets go of its connections."""


class Lending:
    """The databases of one kind; another is created if all are lent."""

    def __init__(self, make: Callable[[], Database]) -> None:
        self._make, self._all, self._free = make, list[Database](), list[Database]()

    @contextmanager
    def lent(self) -> Iterator[Lent]:
        """A database for as long as the block lasts."""
        if not self._free:
            self._all.append(self._make())
            self._free.append(self._all[-1])
        database = self._free.pop()
        yield Lent(database.url, database.engine.execution_options())
        database.empty()
        self._free.append(database)

    def close(self) -> None:
        for database in self._all:
            database.close()


class SqliteFile:
    """A copy of a migrated file, in its own new folder."""

    def __init__(self, template: Path, within: Path) -> None:
        self.template, self.file = template, Path(tempfile.mkdtemp(dir=within)) / "lifecycle.db"
        self.url = f"sqlite:///{shutil.copy(template, self.file)}"
        self.engine = open_engine(self.url)

    def empty(self) -> None:
        self.engine.dispose()
        for left in self.file.parent.iterdir():
            left.unlink()
        shutil.copy(self.template, self.file)

    def close(self) -> None:
        self.engine.dispose()


class PostgresDatabase:
    """A copy of a migrated database. Its engine's login is in the groups of application and sealer."""

    def __init__(self, server: Postgres, template: str) -> None:
        self.server, self.template, self.name = server, template, server.name()
        self.url = server.url(self.name, "scheduler")
        self.engine = open_engine(self.url)
        self._backends: list[int] = []
        event.listen(self.engine, "connect", self._connected)
        self._made()

    def empty(self) -> None:
        if self.engine.pool.checkedout() or not self._emptied():  # type: ignore[attr-defined]
            self.close()
            self.server.drop(self.name)
            self._made()

    def close(self) -> None:
        self.engine.dispose()
        self._backends.clear()
        self._keeper.close()

    def _connected(self, connection: Any, _record: object) -> None:
        self._backends.append(connection.info.backend_pid)

    def _made(self) -> None:
        self.server.copy(self.template, self.name)
        self._keeper = psycopg.connect(self.server.url(self.name), autocommit=True)
        self._keeper.execute("SET session_replication_role = replica")  # what only grows loses its rows too
        tables = [row[0] for row in self._keeper.execute(TABLES) if row[0] not in MIGRATIONS]
        self._filled = " UNION ALL ".join(
            f"(SELECT '{name}', pg_relation_size('{name}') FROM {name} LIMIT 1)" for name in tables
        )
        self._shape = self._keeper.execute(SHAPE).fetchone()

    def _emptied(self) -> bool:
        """Whether its rows could be removed and there was nothing else to bring back."""
        self._keeper.execute(OTHERS, (PATIENCE_MS, self._backends))
        if self._keeper.execute(SHAPE).fetchone() != self._shape:
            return False
        filled = self._keeper.execute(self._filled).fetchall()
        if any(size > MANY for _, size in filled):
            return False
        with self._keeper.transaction():
            for name, _ in filled:
                self._keeper.execute(f"DELETE FROM {name}")
            self._keeper.execute(NUMBERS)
        return True
