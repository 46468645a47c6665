"""Databases without migrations."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from lifecycle.records.engine import open_engine


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database; the test runs once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with request.getfixturevalue("postgres_server").database() as url:
            yield url


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    """An engine on an empty database; the test runs once on each kind."""
    opened = open_engine(empty_url)
    yield opened
    opened.dispose()
