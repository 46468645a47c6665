"""What every process of a run would make for itself, made once: migrated databases and the OpenAPI documents."""

import multiprocessing
from multiprocessing.process import BaseProcess
from pathlib import Path

import orjson

from lifecycle.records.engine import open_engine
from lifecycle.records.migrate import migrate
from tests import postgres


class Templates:
    """They are made in a folder by a process of their own, while the tests are collected."""

    def __init__(self, folder: Path) -> None:
        self.sqlite, self.postgres = folder / "migrated.db", folder / "pg"
        self._documents = {sandbox: folder / f"{sandbox}.json" for sandbox in (True, False)}
        self._making: BaseProcess = multiprocessing.get_context("fork").Process(target=self._make)
        self._making.start()

    def wait(self) -> None:
        """Until they are there; the applications of this process have their documents then."""
        self._making.join()
        assert self._making.exitcode == 0
        from tests.api.desk import application

        for sandbox, file in self._documents.items():
            application(sandbox).openapi_schema = orjson.loads(file.read_bytes())

    def _make(self) -> None:
        from tests.api.desk import application  # the whole program: not for whoever has one process

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
