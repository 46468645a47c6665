"""Whose personal data is being looked at: noted where it is read from its tables, for whoever asked to know.

Only ids are noted. Nobody asks while the clock or a command line is at work.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Look:
    """What one request looks at. actor: who asks, None while nobody who may see it does. ids: of contracts."""

    __slots__ = ("actor", "ids")

    def __init__(self) -> None:
        self.actor: str | None = None
        self.ids: dict[str, None] = {}


_look: ContextVar[Look | None] = ContextVar("look", default=None)


@contextmanager
def looking() -> Iterator[Look]:
    """Gathers what is looked at while the block runs, also in threads that it starts by its own context."""
    look = Look()
    token = _look.set(look)
    try:
        yield look
    finally:
        _look.reset(token)


def looks(actor: str) -> None:
    """Says who looks, and sees personal data."""
    if (look := _look.get()) is not None:
        look.actor = actor


def seen_so_far() -> list[str]:
    """The contracts that the request has looked at up to now."""
    look = _look.get()
    return [*look.ids] if look is not None else []


def looked_at(ids: Iterable[str]) -> None:
    """Notes contracts whose people, notes or files are read."""
    if (look := _look.get()) is not None:
        look.ids.update(dict.fromkeys(ids))
