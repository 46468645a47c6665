"""Commands run in the test's own process, for pages that give many."""

from tests.api.conftest import document, invoke

__all__ = ["document", "invoke"]
