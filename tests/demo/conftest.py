"""The demo run once on SQLite, for all tests that read its result."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from lifecycle.demo.book import BOOK
from lifecycle.demo.diary import Diaries, diaries
from lifecycle.demo.play import Played, play
from lifecycle.records.engine import open_engine


@pytest.fixture(scope="package")
def played_engine(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Engine]:
    """A database of the package's own, to be played on once."""
    file = shutil.copy(sqlite_template, tmp_path_factory.mktemp("demo") / "demo.db")
    opened = open_engine(f"sqlite:///{file}")
    yield opened
    opened.dispose()


@pytest.fixture(scope="package")
def played(played_engine: Engine) -> Played:
    """What came of playing the book."""
    return play(played_engine, BOOK, "en")


@pytest.fixture(scope="package")
def told(played_engine: Engine, played: Played) -> Diaries:
    """The diaries of it."""
    return diaries(played_engine, played)
