"""Browsers at a desk. Tests that do not depend on the database use SQLite."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.lending import Lent
from tests.pages.browsing import Browser, browsing


@pytest.fixture
def stranger(sqlite_lent: Lent) -> Iterator[Browser]:
    """Somebody who has not signed in."""
    with browsing(sqlite_lent.engine) as found:
        yield found


@pytest.fixture
def browser(stranger: Browser) -> Browser:
    """Somebody who has."""
    stranger.sign_in()
    return stranger


@pytest.fixture
def anywhere(engine: Engine) -> Iterator[Browser]:
    """Somebody who has signed in, on either database."""
    with browsing(engine) as found:
        found.sign_in()
        yield found
