"""The wall clock, read in one place; everything below gets the time as a parameter. Also a monotonic clock."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine

from lifecycle.records.engine import reading
from lifecycle.timers.clock import read_clock
from lifecycle.timers.fuse import Beat

Clock = Callable[[], datetime]
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_THIS_PROCESS = uuid4().hex


def system_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def steady_clock() -> Beat:
    """The time since the machine's boot, including sleep; where there is no such clock, this process's monotonic
    time.
    """
    try:
        return Beat(_BOOT_ID.read_text("ascii").strip(), time.clock_gettime(time.CLOCK_BOOTTIME))
    except (OSError, AttributeError):
        return Beat(_THIS_PROCESS, time.monotonic())


def sandbox_clock(engine: Engine) -> Clock:
    """Return the fixed instant of a sandbox from its database."""

    def now() -> datetime:
        with reading(engine) as conn:
            found = read_clock(conn).sandbox_now
        assert found is not None
        return found

    return now
