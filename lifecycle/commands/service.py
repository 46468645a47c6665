"""A running service for its commands: the database, the time, and settings."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Engine

from lifecycle.mail.outbox import Letter
from lifecycle.webhooks.addresses import Network

Time = Callable[[], datetime]
Hourly = Literal["ends", "acceptances", "erasures"]  # the commands with an hourly limit per person
Letters = Callable[[Connection, str, str, str, str], Letter]
ClockTrouble = Callable[[Connection, datetime], str | None]


def in_a_thread(work: Callable[[], object]) -> None:
    """Run work in a background thread, which ends with the process."""
    threading.Thread(target=work, daemon=True).start()


@dataclass(slots=True)
class Service:
    """One running service. clock: the time now, with zone; fixed in a sandbox. wall: the real time, for tokens and
    sessions. after_commit: called when timers may have changed. four_eyes: weighty commands need a second person.
    ends_per_hour: cancellation notices and company ends of one person, beyond which a second person approves each;
    0: no limit. acceptances_per_hour, erasures_per_hour: the same of those. networks: additional networks for
    webhooks. background: runs work in the background. clock_trouble: what is known to be wrong with the clock,
    None if it is not checked. running_keys: idempotency keys of the running commands of this process. letters:
    writes a paper as mail, by contract, paper, language and recipient; None if papers are not written.
    """

    engine: Engine
    clock: Time
    wall: Time = field(kw_only=True)
    sandbox: bool = field(default=False, kw_only=True)
    after_commit: Callable[[], object] = field(default=lambda: None, kw_only=True)
    four_eyes: bool = field(default=False, kw_only=True)
    ends_per_hour: int = field(default=0, kw_only=True)
    acceptances_per_hour: int = field(default=0, kw_only=True)
    erasures_per_hour: int = field(default=0, kw_only=True)
    networks: Sequence[Network] = field(default=(), kw_only=True)
    background: Callable[[Callable[[], object]], object] = field(default=in_a_thread, kw_only=True)
    clock_trouble: ClockTrouble | None = field(default=None, kw_only=True)
    letters: Letters | None = field(default=None, kw_only=True)
    running_keys: dict[tuple[str, str], object] = field(default_factory=dict, kw_only=True)

    def most_per_hour(self, what: Hourly) -> int:
        """Return the hourly limit of one person; 0: no limit."""
        return {
            "ends": self.ends_per_hour,
            "acceptances": self.acceptances_per_hour,
            "erasures": self.erasures_per_hour,
        }[what]

    @property
    def proposals_possible(self) -> bool:
        """Whether some command may wait for a second person."""
        return self.four_eyes or (self.ends_per_hour or self.acceptances_per_hour or self.erasures_per_hour) > 0

    def sending_time(self) -> datetime:
        """The time for sending webhooks: the real one, also in a sandbox."""
        return self.wall() if self.sandbox else self.clock()
