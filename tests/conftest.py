"""Fixtures of all tests: a migrated database for each test, on SQLite and on PostgreSQL."""

import gc
import os
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from typer import testing
from xdist.workermanage import WorkerController

from lifecycle.terms.editions import SERVICES
from tests import postgres, scratch
from tests.lending import Lending, Lent, PostgresDatabase, SqliteFile
from tests.rows_by_database import spared
from tests.templates import Templates, migrated

TEMPLATES, FOLDER = pytest.StashKey[Templates](), pytest.StashKey[Path]()

# Dozens of processes are started by a run: none has to compile again what another has compiled.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

testing._get_command = cache(testing._get_command)  # type: ignore[attr-defined]  # a command line of sixty commands is put together once

settings.register_profile("house", parent=settings(), deadline=None)  # two busy cores keep no deadlines
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--every-row-on-both`, which runs every row on both databases."""
    parser.addoption("--every-row-on-both", action="store_true", help="no row of a table is asked of one alone")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Create once what several processes need, while they collect the tests."""
    config = session.config
    if hasattr(config, "workerinput"):
        config.stash[TEMPLATES] = Templates(Path(config.workerinput["templates"]))
    elif config.pluginmanager.hasplugin("dsession"):
        stack = ExitStack()
        config.add_cleanup(stack.close)
        config.stash[FOLDER] = stack.enter_context(scratch.folder("made"))
        stack.callback(Templates(config.stash[FOLDER]).start().join)  # before the folder goes


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """Pass the place of the shared files to each process of the run."""
    node.workerinput["templates"] = f"{node.config.stash[FOLDER]}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let the rows of tables alternate between the databases."""
    if config.getoption("--every-row-on-both"):
        return
    gone = {id(item) for item in spared(items)}
    items[:] = [item for item in items if id(item) not in gone]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Stop the garbage collector during the collection, which makes hardly any garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Exclude the collected tests from garbage collection, because they last as long as the run."""
    if templates := session.config.stash.get(TEMPLATES, None):
        templates.wait()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True)
def nothing_announced() -> Iterator[None]:
    """What one database has on record about announcements is not on record in the next."""
    yield
    for editions in SERVICES.values():
        if editions.announced:
            editions.announce({})


@pytest.fixture
def engine(database_url: str, request: pytest.FixtureRequest) -> Engine:
    """An engine on a fresh, migrated database; the test runs once on each kind."""
    lent: Lent = request.getfixturevalue(f"{make_url(database_url).get_backend_name()}_lent")
    return lent.engine


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database; the test runs once on each kind."""
    lent: Lent = request.getfixturevalue(f"{request.param}_lent")
    return lent.url


@pytest.fixture
def sqlite_url(sqlite_lent: Lent) -> str:
    """The URL of a fresh, migrated SQLite file."""
    return sqlite_lent.url


@pytest.fixture
def postgres_url(postgresql_lent: Lent) -> str:
    """The URL of a fresh, migrated PostgreSQL database, for a login in the groups of application and sealer."""
    return postgresql_lent.url


@pytest.fixture
def sqlite_lent(sqlite_lending: Lending) -> Iterator[Lent]:
    """A fresh, migrated SQLite file and an engine on it."""
    with sqlite_lending.lent() as lent:
        yield lent


@pytest.fixture
def postgresql_lent(postgresql_lending: Lending) -> Iterator[Lent]:
    """A fresh, migrated PostgreSQL database and an engine on it."""
    with postgresql_lending.lent() as lent:
        yield lent


@pytest.fixture(scope="session")
def sqlite_lending(sqlite_template: Path) -> Iterator[Lending]:
    """Lends fresh, migrated SQLite files; for tests that need several, or need them for longer."""
    with (
        scratch.folder("sqlite") as folder,
        closing(Lending(lambda: SqliteFile(sqlite_template, folder))) as lending,
    ):
        yield lending


@pytest.fixture(scope="session")
def postgresql_lending(postgres_server: postgres.Postgres, postgres_template: str) -> Iterator[Lending]:
    """Lends fresh, migrated PostgreSQL databases; for tests that need several, or need them for longer."""
    with closing(Lending(lambda: PostgresDatabase(postgres_server, postgres_template))) as lending:
        yield lending


@pytest.fixture(scope="session")
def postgres_server(templates: Templates | None) -> Iterator[postgres.Postgres]:
    """The session's server; for tests that need an empty database, or more than one."""
    with postgres.running(like=templates.postgres if templates else None) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Postgres) -> str:
    """The name of the migrated database that the others are copies of, its roles set up."""
    return postgres_server.migrated()


@pytest.fixture(scope="session")
def sqlite_template(templates: Templates | None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The migrated file that the others are copies of."""
    if templates:
        return templates.sqlite
    return migrated(tmp_path_factory.mktemp("template") / "migrated.db")


@pytest.fixture(scope="session")
def templates(pytestconfig: pytest.Config) -> Templates | None:
    """What the processes of the run share, where there are several."""
    return pytestconfig.stash.get(TEMPLATES, None)
