"""Desks of the interface's tests, for the stories of this folder."""

from tests.api.conftest import desk, document, open_desk

__all__ = ["desk", "document", "open_desk"]
