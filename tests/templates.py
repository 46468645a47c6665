"""What the processes of a test run share, created once: migrated databases and the OpenAPI documents."""

import multiprocessing
from fcntl import LOCK_EX, LOCK_SH, flock
from multiprocessing.process import BaseProcess
from pathlib import Path
from traceback import format_exc

import orjson

from lifecycle.records.engine import open_engine
from lifecycle.records.migrate import migrate
from tests import postgres


class Templates:
    """What lies in a folder, as soon as the process that makes it has ended."""

    def __init__(self, folder: Path) -> None:
        self.sqlite, self.postgres = folder / "migrated.db", folder / "pg"
        self._documents = {sandbox: folder / f"{sandbox}.json" for sandbox in (True, False)}
        self._lock, self._outcome = folder / "lock", folder / "outcome"

    def start(self) -> BaseProcess:
        """Starts the process that makes them. It holds a lock that the system releases however it ends."""
        with self._lock.open("w") as lock:
            flock(lock, LOCK_EX)
            making = multiprocessing.get_context("fork").Process(target=self._make)
            making.start()
        return making

    def wait(self) -> None:
        """Wait until they are created; then load the documents into the applications of this process.

        Raises a RuntimeError that says why they could not be made.
        """
        with self._lock.open() as lock:
            flock(lock, LOCK_SH)
        outcome = self._outcome.read_text("utf-8") if self._outcome.exists() else "its process was killed"
        if outcome:
            raise RuntimeError(f"the databases and documents of the tests are not made: {outcome}")
        from tests.api.desk import application

        for sandbox, file in self._documents.items():
            application(sandbox).openapi_schema = orjson.loads(file.read_bytes())

    def _make(self) -> None:
        outcome = ""
        try:
            self._make_all()
        except BaseException:
            outcome = format_exc()
        self._outcome.write_text(outcome, "utf-8")

    def _make_all(self) -> None:
        from tests.api.desk import application  # the whole program: not imported in a single process

        migrated(self.sqlite)
        self.postgres.mkdir(mode=0o700)
        with postgres.kept(self.postgres, postgres.SETTINGS) as server:
            server.migrated()
        for sandbox, file in self._documents.items():
            file.write_bytes(orjson.dumps(application(sandbox).openapi()))


def migrated(file: Path) -> Path:
    """A new SQLite file at this place, migrated."""
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    return file
