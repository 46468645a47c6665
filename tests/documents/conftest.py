"""A desk and a browser, as the tests of the interface and of the pages have them."""

from tests.api.conftest import desk, document, open_desk
from tests.pages.conftest import browser, stranger

__all__ = ["browser", "desk", "document", "open_desk", "stranger"]
