"""Detects changes of the wall clock: APScheduler waits by the monotonic clock and would not notice them."""

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
    """Call wake whenever the wall clock and the elapsed time differ, until stopping is set."""
    before, ticks = clock(), time.monotonic()
    while not stopping.wait(TICK):
        now, passed = clock(), timedelta(seconds=time.monotonic() - ticks)
        jumped = now - before - passed
        if abs(jumped) > JUMP:
            log.warning("the clock was set by %.1f s; check the time synchronisation", jumped.total_seconds())
            wake()
        before, ticks = now, ticks + passed.total_seconds()
