"""Commands run in the process of the test, for pages with many."""

from tests.api.conftest import document, invoke

__all__ = ["document", "invoke"]
