"""A desk and a browser, as the tests of the interface and of the pages have them; papers that are drawn once."""

import pytest

from api import files
from api.papers.content import Paper
from api.papers.pdf import pdf
from tests.api.conftest import desk, document, open_desk
from tests.pages.conftest import browser, stranger

__all__ = ["browser", "desk", "document", "open_desk", "stranger"]
DRAWN: dict[str, bytes] = {}


@pytest.fixture
def drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The paper of the second database, the same to the letter, is not drawn again: half a second each."""

    def drawn(paper: Paper) -> bytes:
        return DRAWN.get(repr(paper)) or DRAWN.setdefault(repr(paper), pdf(paper))

    monkeypatch.setattr(files, "pdf", drawn)
