"""When a fact happened outside the system."""

from dataclasses import dataclass
from datetime import date, datetime

from lifecycle.terms.calendar import start_of, tokyo_day


@dataclass(frozen=True, slots=True)
class When:
    """A day, or an instant, or neither, which means now."""

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
