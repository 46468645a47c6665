"""The context of every command, and the errors of commands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ulid import ULID

from lifecycle.commands.together import Together
from lifecycle.errors import DomainError, TryAgain
from lifecycle.machines.when import When as When


class ExpectedVersion(NamedTuple):
    """The version that a caller knows. parts: the sum of its parts' versions, None for any."""

    version: int
    parts: int | None = None


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Who asks, when, why. now: the instant of recording. expected: refuse if the subject is at none of these.

    approver: the second person, where one was needed. accept_invalidated: ids of entries that may lose their
    effect (R37). together: where it is one of many commands that are read and stored together. looks_again:
    whether it is tried again, by the clock of then, where a row is recorded after `now`.
    """

    actor: str
    now: datetime
    reason: str | None = None
    expected: tuple[ExpectedVersion, ...] = ()
    approver: str | None = None
    accept_invalidated: frozenset[str] = frozenset()
    together: Together | None = None
    looks_again: bool = False


class RecordedSince(TryAgain):
    """The contract has rows recorded after the command's instant: one of the clock before it would fire twice."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"a row was recorded at {at}")
        self.at = at


class Stale(DomainError):
    """The subject is no longer at the version the caller knows."""

    status, kind, title = 412, "stale", "It has changed since"

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(
            f"version {expected} was expected, version {found} is there"
            if expected != found
            else f"version {found} is there, but a part has changed since"
        )
        self.expected, self.found = expected, found

    @property
    def extras(self) -> Mapping[str, Any]:
        """The version it is at."""
        return {"version": self.found}


def expect(context: CommandContext, version: int, parts: int = 0) -> None:
    """Raises Stale where the subject is at no version that the caller names. parts: as in ExpectedVersion."""
    known = context.expected
    if known and not any(one.version == version and one.parts in (None, parts) for one in known):
        raise Stale(known[0].version, version)


def new_id(context: CommandContext) -> str:
    """A new id, sortable by the instant of recording: a ULID."""
    return str(ULID.from_datetime(context.now)).lower()
