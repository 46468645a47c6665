"""Whether a process's clock is known to be wrong: by the fuse, by what sweeps recorded, by elapsed time."""

import time
from datetime import datetime, timedelta

from sqlalchemy import Connection

from lifecycle.timers.clock import read_clock
from lifecycle.timers.fuse import clock_judged, resumed_at
from scheduler.clock import steady_clock, system_clock

KNOWN_FOR = 1.0  # seconds for which an answer is cached


class ClockDoubt:
    """Checked before a command that the clock would date. max_drift: the maximum drift.

    After a person has resumed, this process's own comparison starts again.
    """

    def __init__(self, max_drift: timedelta) -> None:
        self._max_drift = max_drift
        self._wall, self._steady = system_clock(), steady_clock()
        self._resumed: datetime | None = None
        self._known: tuple[float, str | None] = (-KNOWN_FOR, None)

    def __call__(self, conn: Connection, now: datetime) -> str | None:
        """Return what is wrong with the clock, None if nothing is known."""
        at, said = self._known
        if time.monotonic() - at >= KNOWN_FOR:
            said = self._judged(conn, now)
            self._known = time.monotonic(), said
        return said

    def _judged(self, conn: Connection, now: datetime) -> str | None:
        if (resumed := resumed_at(conn)) != self._resumed:
            self._resumed, self._wall, self._steady = resumed, now, steady_clock()
        if (said := clock_judged(conn)) is not None:
            return said
        passed = timedelta(seconds=steady_clock().seconds - self._steady.seconds)
        if abs(now - self._wall - passed) > self._max_drift:
            estimated = _to_the_second(self._wall + passed)
            return f"the clock says {_to_the_second(now)}, but as time has passed it is {estimated}"
        mark = read_clock(conn).high_water_mark
        if mark is not None and mark - now > self._max_drift:
            return f"the clock says {_to_the_second(now)}, but a sweep recorded {_to_the_second(mark)} already"
        return None


def _to_the_second(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
