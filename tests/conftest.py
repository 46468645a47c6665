"""What every test may ask for: a migrated database of its own, on SQLite and on PostgreSQL."""

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from lifecycle.records.engine import open_engine
from lifecycle.records.migrate import migrate
from tests import postgres, scratch

# Dozens of processes are started by a run: none has to compile again what another has compiled.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile("house", parent=settings(), deadline=None)  # two busy cores keep no deadlines
settings.load_profile("house")


def pytest_collection_finish() -> None:
    """What collecting made lasts as long as the run: the collector of garbage need not go over it each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh, migrated database; the test runs once on each kind."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database; the test runs once on each kind."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    return url


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> Iterator[str]:
    """The URL of a fresh, migrated SQLite file."""
    with scratch.folder("sqlite") as folder:
        yield f"sqlite:///{shutil.copy(sqlite_template, folder / 'lifecycle.db')}"


@pytest.fixture
def postgres_url(postgres_server: postgres.Postgres, postgres_template: str) -> Iterator[str]:
    """The URL of a fresh, migrated PostgreSQL database, for a login in the groups of application and sealer."""
    with postgres_server.database(postgres_template) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Postgres]:
    """The session's server; for tests that need an empty database, or more than one."""
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Postgres) -> str:
    """The name of the migrated database that the others are copies of, its roles set up."""
    return postgres_server.migrated()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The migrated file that the others are copies of."""
    file = tmp_path_factory.mktemp("template") / "migrated.db"
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    return file
