"""A diary, and a second database of the same kind to compare with."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from lifecycle.timers import batch, shapes
from tests.commands.diary import Diary
from tests.lending import Lending


@pytest.fixture
def diary(engine: Engine) -> Diary:
    """A diary that opens on 20 April 2022; the test runs once on each kind of database."""
    return Diary(engine)


@pytest.fixture
def twin(engine: Engine, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine on another fresh, migrated database of the same kind as `engine`'s."""
    lending: Lending = request.getfixturevalue(f"{engine.dialect.name}_lending")
    with lending.lent() as lent:
        yield lent.engine


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch of a few rows has several parts: one is written while the next is stepped. Few are alike enough."""
    monkeypatch.setattr(batch, "PART", 7)
    monkeypatch.setattr(shapes, "FEWEST", 4)
    monkeypatch.setattr(shapes, "SMALLEST", 2)
    shapes._shapes.cache_clear()
