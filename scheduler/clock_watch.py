"""Noticing a clock that was set: APScheduler waits by the monotonic one and would go on waiting."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from scheduler.clock import Clock

log = logging.getLogger(__name__)
TICK = 1.0  # seconds
JUMP = timedelta(seconds=0.5)


def watch(clock: Clock, wake: Callable[[], None], stopping: threading.Event) -> None:
    """Calls wake whenever the clock has moved otherwise than time has passed, until stopping is set."""
    before, ticks = clock(), time.monotonic()
    while not stopping.wait(TICK):
        now, passed = clock(), timedelta(seconds=time.monotonic() - ticks)
        jumped = now - before - passed
        if abs(jumped) > JUMP:
            log.warning("the clock was set by %.1f s; check the time synchronisation", jumped.total_seconds())
            wake()
        before, ticks = now, ticks + passed.total_seconds()
