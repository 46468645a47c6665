"""The desks of the API tests for the stories of this folder, and two people at one desk."""

import pytest

from tests.api.conftest import desk, document, open_desk
from tests.api.test_roles import bearer

__all__ = ["desk", "document", "open_desk"]


@pytest.fixture
def tanaka(watched: tuple[object, ...]) -> dict[str, str]:
    """Whoever proposes at the desk that the test's own module watches."""
    return bearer(watched[0], "operator", name="tanaka")  # type: ignore[arg-type]


@pytest.fixture
def sato(watched: tuple[object, ...]) -> dict[str, str]:
    """Whoever approves there."""
    return bearer(watched[0], "operator", name="sato")  # type: ignore[arg-type]
