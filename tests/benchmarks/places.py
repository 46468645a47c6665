"""Databases to measure on: durable as in service, each run on a fresh copy of one that was filled once.

One that is only read may be kept from one run to the next.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from lifecycle.records.engine import open_engine
from lifecycle.records.migrate import migrate
from tests import postgres, scratch

Fill = Callable[[Engine], None]
Copies = Callable[[], AbstractContextManager[Engine]]
_LOGGED = "max_wal_size = 4GB"


@contextmanager
def filled(kind: str, fill: Fill | None, settings: str = "") -> Iterator[Copies]:
    """A way to fresh copies of a database of that kind that has been migrated and filled; None leaves it empty.

    settings: of the PostgreSQL server, beyond its own.
    """
    with _sqlite(fill) if kind == "sqlite" else _postgres(fill, settings) as copies:
        yield copies


@contextmanager
def lasting(kind: str, fill: Fill, name: str, keep: str) -> Iterator[Engine]:
    """A filled database that is only read; not filled again if an earlier run has kept it in the folder `keep`.

    name: of what it holds. keep: "" throws it away afterwards.
    """
    if not keep:
        with filled(kind, fill) as copies, copies() as engine:
            yield engine
        return
    home = Path(keep).resolve() / f"{name}-{kind}"
    whole = home / "filled"
    if not whole.exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
    with _kept(kind, home) as url:
        if not whole.exists():
            _make(url, fill)
            whole.touch()
        engine = open_engine(url)
        migrate(engine)  # one of an earlier version
        yield engine
        engine.dispose()


@contextmanager
def _kept(kind: str, home: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{home / 'original.db'}"
        return
    with postgres.kept(home, _LOGGED) as server:
        yield server.url("postgres")


@contextmanager
def _sqlite(fill: Fill | None) -> Iterator[Copies]:
    with scratch.folder("bench") as folder:
        original = folder / "original.db"
        _make(f"sqlite:///{original}", fill)

        @contextmanager
        def copy() -> Iterator[Engine]:
            file = shutil.copy(original, folder / "copy.db")
            engine = open_engine(f"sqlite:///{file}")
            yield engine
            engine.dispose()

        yield copy


@contextmanager
def _postgres(fill: Fill | None, settings: str) -> Iterator[Copies]:
    with postgres.running(settings=f"{_LOGGED}\n{settings}") as server:
        _make(server.create("original"), fill)

        @contextmanager
        def copy() -> Iterator[Engine]:
            with server.database("original") as url:
                engine = open_engine(url)
                with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                    conn.execute(text("CHECKPOINT"))
                yield engine
                engine.dispose()

        yield copy


def _make(url: str, fill: Fill | None) -> None:
    engine = open_engine(url)
    migrate(engine)
    if fill is not None:  # a table counted while it is empty passes for empty, and is read whole
        fill(engine)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.exec_driver_sql("ANALYZE")
    engine.dispose()  # SQLite's last connection takes the write-ahead log into the file
