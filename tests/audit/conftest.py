"""A diary on a fresh database, and keys."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from lifecycle.audit.keys import SigningKey, new_key, read_key
from tests.api.conftest import invoke as invoke
from tests.commands.diary import Diary


@pytest.fixture
def diary(engine: Engine) -> Diary:
    """A diary that opens on 20 April 2022; the test runs once on each kind of database."""
    return Diary(engine)


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    """A new signing key."""
    new_key(tmp_path / "audit.key", "contracts.example.com")
    return read_key(tmp_path / "audit.key")
