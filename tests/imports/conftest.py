"""What the tests of the intake may ask for: the command line, as the interface's tests use it."""

from tests.api.conftest import invoke

__all__ = ["invoke"]
