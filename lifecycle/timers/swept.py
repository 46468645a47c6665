"""What a sweep did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did.

    counts: timers fired, by kind and event. parked: timers set aside. late: by how much the most overdue one
    fired after its instant. left: something due is still there, held by somebody else or cut short by `stop`.
    next_due_at: the earliest instant to come at which there is something to do.
    """

    counts: Mapping[tuple[str, str], int]
    parked: int
    batches: int
    late: timedelta
    left: bool
    next_due_at: datetime | None

    @property
    def fired(self) -> int:
        """How many timers fired."""
        return sum(self.counts.values())
