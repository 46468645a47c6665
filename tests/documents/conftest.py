"""A desk and a browser, as in the tests of the API and of the pages."""

from tests.api.conftest import desk, document, open_desk
from tests.pages.conftest import browser, stranger

__all__ = ["browser", "desk", "document", "open_desk", "stranger"]
