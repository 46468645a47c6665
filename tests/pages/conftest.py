"""A browser at a desk, one for each test on both databases."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.pages.browsing import Browser, browsing


@pytest.fixture
def stranger(engine: Engine) -> Iterator[Browser]:
    """Somebody who has not signed in."""
    with browsing(engine) as found:
        yield found


@pytest.fixture
def browser(stranger: Browser) -> Browser:
    """Somebody who has."""
    stranger.sign_in()
    return stranger
