"""What the processes of a run share, made once: migrated databases and the OpenAPI documents."""

import multiprocessing
import time
from pathlib import Path
from traceback import format_exc

import orjson

from lifecycle.records.engine import open_engine
from lifecycle.records.migrate import migrate
from tests import postgres

PATIENCE_S = 180


class Templates:
    """What lies in a folder, as soon as the process that makes it is done."""

    def __init__(self, folder: Path) -> None:
        self.sqlite, self.postgres = folder / "migrated.db", folder / "pg"
        self._documents = {sandbox: folder / f"{sandbox}.json" for sandbox in (True, False)}
        self._made, self._failed = folder / "made", folder / "failed"

    def start(self) -> None:
        """Starts the process that makes them."""
        multiprocessing.get_context("fork").Process(target=self._make, daemon=True).start()

    def wait(self) -> None:
        """Returns once they are made; the applications of this process have their documents then."""
        until = time.monotonic() + PATIENCE_S
        while not self._made.exists():
            if self._failed.exists():
                raise RuntimeError(self._failed.read_text("utf-8"))
            if time.monotonic() > until:
                raise TimeoutError("the databases of the tests are not made yet")
            time.sleep(0.05)
        from tests.api.desk import application

        for sandbox, file in self._documents.items():
            application(sandbox).openapi_schema = orjson.loads(file.read_bytes())

    def _make(self) -> None:
        try:
            self._make_all()
            self._made.touch()
        except BaseException:
            text = self._failed.with_suffix(".new")
            text.write_text(format_exc(), "utf-8")
            text.rename(self._failed)

    def _make_all(self) -> None:
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
