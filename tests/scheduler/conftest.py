"""A diary, and a second database of the same kind to compare with."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from lifecycle.desk import batch
from lifecycle.records.engine import open_engine
from tests.desk.diary import Diary


@pytest.fixture
def diary(engine: Engine) -> Diary:
    """A diary that opens on 20 April 2022; the test runs once on each kind of database."""
    return Diary(engine)


@pytest.fixture
def twin(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine on another fresh, migrated database of the same kind as `engine`'s."""
    if database_url.startswith("sqlite"):
        file = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "twin.db")
        opened = open_engine(f"sqlite:///{file}")
        yield opened
        opened.dispose()
        return
    server, template = (request.getfixturevalue(name) for name in ("postgres_server", "postgres_template"))
    with server.database(template) as url:
        opened = open_engine(url)
        yield opened
        opened.dispose()


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch of a few rows has several parts: one is written while the next is stepped."""
    monkeypatch.setattr(batch, "PART", 7)
