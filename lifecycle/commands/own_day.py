"""Commands that name the day of their act themselves, and those that the clock would date.

While the clock is known to be wrong it dates nothing: the latter wait, the former go on.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from lifecycle.commands.command import Command
from lifecycle.commands.service import Service
from lifecycle.errors import DomainError
from lifecycle.machines.facts import When

DATED_BY_THEIR_ENTRIES = frozenset({
    "contracts-correct", "contracts-annul", "outages-correct_outage", "outages-annul_outage", "outages-attribute",
    "money-put_usage",
})  # fmt: skip
OF_THE_SERVICE = frozenset({"approvals", "tokens", "sessions", "webhooks", "scheduler", "parked", "clock", "mail"})
_FIELDS = (
    "on", "known_at", "recovered_at", "starts_at", "found_at", "lifted_at", "settled_on", "claimed_on",
    "claimed_at", "avoided_on", "avoided_at", "accepted_on",
)  # fmt: skip


class ClockWrong(DomainError):
    """The clock is known to be wrong, and the command would be dated by it."""

    status, kind, title = 503, "clock-wrong", "The clock is wrong"
    headers: Mapping[str, str] = {"Retry-After": "60"}

    @property
    def detail(self) -> str:
        """What is wrong with the clock, and what can be done at once."""
        return f"Nothing was stored: {self}. A command that names the day of its act itself is carried out."


def dates_itself(operation: str, body: Any) -> bool:
    """Whether the legal day of a command does not come from the clock."""
    if operation in DATED_BY_THEIR_ENTRIES or operation.partition("-")[0] in OF_THE_SERVICE:
        return True
    for name in ("happened", "received"):
        when = getattr(body, name, None)
        if isinstance(when, When) and when != When():
            return True
    if (entries := getattr(body, "entries", None)) is not None:
        return all(any(name.endswith(("_on", "_at")) or name == "on" for name in one.facts) for one in entries)
    return any(getattr(body, name, None) is not None for name in _FIELDS)


def refuse_wrong_clock(service: Service, conn: Connection, command: Command) -> None:
    """Raises ClockWrong where a wrong clock would date the command."""
    if service.clock_trouble is None or dates_itself(command.operation, command.body):
        return
    if (trouble := wrong_clock(service, conn)) is not None:
        raise trouble


def wrong_clock(service: Service, conn: Connection) -> ClockWrong | None:
    """Why a wrong clock may date nothing, None where nothing is known to be wrong with it."""
    trouble = service.clock_trouble(conn, service.clock()) if service.clock_trouble is not None else None
    return ClockWrong(trouble) if trouble is not None else None
