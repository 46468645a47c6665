"""What every command is told besides its own facts, and when a fact happened."""

from dataclasses import dataclass
from datetime import date, datetime

from ulid import ULID

from lifecycle.terms.calendar import start_of, tokyo_day


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Who asks, when, why. now: the instant of recording. expected_version: refuse if the subject moved on.

    approver: the second person, where one was needed. accept_invalidated: ids of entries that may lose their
    effect (R37).
    """

    actor: str
    now: datetime
    reason: str | None = None
    expected_version: int | None = None
    approver: str | None = None
    accept_invalidated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class When:
    """When something happened outside the system: a day, or an instant, or neither, which means now."""

    on: date | None = None
    at: datetime | None = None

    def instant(self, now: datetime) -> datetime:
        """The legal instant; of a day it is the day's beginning in Japan."""
        if self.at is not None:
            return self.at
        return start_of(self.on) if self.on is not None else now

    def day(self, now: datetime) -> date:
        """The civil day in Japan (R1)."""
        return self.on if self.on is not None else tokyo_day(self.at or now)


class Stale(Exception):
    """The subject is no longer at the version the caller knows."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"version {expected} was expected, version {found} is there")
        self.expected, self.found = expected, found


def new_id(context: CommandContext) -> str:
    """A new id, sortable by the instant of recording: a ULID."""
    return str(ULID.from_datetime(context.now)).lower()
