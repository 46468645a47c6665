"""A diary on a fresh database."""

import pytest
from sqlalchemy import Engine

from tests.commands.diary import Diary


@pytest.fixture
def diary(engine: Engine) -> Diary:
    """A diary that opens on 20 April 2022; the test runs once on each kind of database."""
    return Diary(engine)
