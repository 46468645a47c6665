"""Browsers at a desk. What no database decides is looked at on the embedded one."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from api.documents.content import Document
from api.documents.pdf import pdf
from api.routes import files
from tests.lending import Lent
from tests.pages.browsing import Browser, browsing

DRAWN: dict[str, bytes] = {}


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


@pytest.fixture
def drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A paper that is the same to the letter, of another database, say, is not drawn again: half a second."""

    def drawn(paper: Document) -> bytes:
        return DRAWN.get(repr(paper)) or DRAWN.setdefault(repr(paper), pdf(paper))

    monkeypatch.setattr(files, "pdf", drawn)
