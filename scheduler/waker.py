"""The waker: one in-memory job that sweeps regularly and is moved forward to the next due instant.

It holds no domain state: the timers are in the database. The next regular sweep finds what it misses.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.base import BaseTrigger  # type: ignore[import-untyped]
from sqlalchemy import Engine

from lifecycle.records.engine import is_sqlite
from lifecycle.spans import span
from lifecycle.timers.counters import Swept
from lifecycle.timers.fuse import permit_all
from lifecycle.timers.parked import reason_of
from lifecycle.timers.sweep import anything_due
from scheduler.clock import Clock, system_clock
from scheduler.clock_watch import watch
from scheduler.listen import listen
from scheduler.time_slices import Fuse, TimeSlices

log = logging.getLogger(__name__)
_clockwork = logging.getLogger(f"{__name__}.clockwork")  # silence APScheduler's own log, except errors
_clockwork.setLevel(logging.ERROR)

JOB = "sweep"
AT_ONCE = datetime.min.replace(tzinfo=UTC)
# Maximum seconds between requested checks without an instant; after longer checks, a multiple of their duration.
SPACING, LOOKS_APART = timedelta(seconds=0.2), 4
SHORTEST = timedelta(milliseconds=5)  # minimum seconds before the next run, whatever the clock says
LEAD = timedelta(milliseconds=25)  # run slightly before the instant: waking a thread and asking the fuse take time
EARLY = timedelta(seconds=0.25)  # how much of a wall clock still behind the instant is waited out
LONGEST_AFTER_FAILURE = 4.0  # seconds


class Waker:
    """Wakes the sweep. clock: the service's time, with zone; interval: seconds between the regular sweeps. fuse:
    asked before each sweep what it may do at an instant; without one it may do everything. after_sweep, on_wake:
    called after each sweep, and on each wake-up; must be fast and must not raise.
    """

    def __init__(
        self, engine: Engine, clock: Clock, interval: float = 30.0, *, batch: int = 10_000,
        fuse: Fuse = permit_all, after_sweep: Callable[[], object] = lambda: None,
        on_wake: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        self._engine, self._clock = engine, clock
        self._after_sweep, self._on_wake = after_sweep, on_wake
        self._interval = timedelta(seconds=interval)
        self._lock = threading.Lock()  # never held while APScheduler is called: it calls back under its own
        self._stopping = threading.Event()
        self._time_slices = TimeSlices(engine, clock, batch, fuse, self._stopping)
        self._ringing = False
        self._asked: datetime | None = None  # the instant, by the service's clock, for which it is set
        self._next: datetime | None = None  # the next instant that the last run found
        self._swept_at: datetime | None = None
        self._rings_at = self._rang_at = AT_ONCE  # by the wall clock
        self._spacing = SPACING
        self._pause = 0.0  # seconds, growing while the database fails or others hold the due rows
        self._threads = [threading.Thread(target=watch, args=(clock, self.wake, self._stopping), daemon=True)]
        if not is_sqlite(engine):
            self._threads.append(
                threading.Thread(target=listen, args=(engine, self.wake, self._stopping), daemon=True)
            )
        self._scheduler = BackgroundScheduler(
            jobstores={"default": {"type": "memory"}},
            executors={"default": {"type": "threadpool", "max_workers": 1}},
            timezone=UTC, logger=_clockwork,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )  # fmt: skip

    def start(self) -> None:
        """Start: run at once for overdue timers, then whenever one is due."""
        self._scheduler.add_listener(self._after_job, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
        self._scheduler.add_job(self._run_job, _WhenSet(self), id=JOB)
        for thread in self._threads:  # before the first run, so that no notification is missed
            thread.start()
        self._scheduler.start()

    def stop(self) -> None:
        """Ends after the current batch is committed. The waker cannot be started again."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def wake(self, due_at: datetime | None = None) -> None:
        """Set the waker to an instant, or to now without one. Any thread may call it; cheap; never raises."""
        try:
            self._on_wake()
            if self._ask(due_at or AT_ONCE):
                self._pull_forward()
        except Exception as error:
            log.warning("cannot set the waker: %s; the regular sweep continues", type(error).__name__)

    def next_run(self, previous: datetime | None, wall: datetime) -> datetime:
        """When the job runs next, by the wall clock: as set, else a regular interval after its last run."""
        if previous is None:
            return wall
        return self._rings_at if self._rings_at > previous else previous + self._interval

    def _ask(self, at: datetime) -> bool:
        """Record a request to run at an instant; return whether the job must be moved forward."""
        with self._lock:
            if self._stopping.is_set() or (self._asked is not None and self._asked <= at):
                return False
            self._asked = at
            return not self._ringing and self._set(at)

    def _set(self, at: datetime) -> bool:
        """Set the job to an instant of the service's clock, unless it runs before; return whether it changed."""
        wall = system_clock()
        if at == AT_ONCE:
            rings_at = wall + max(timedelta(), min(self._spacing, self._rang_at + self._spacing - wall))
        else:
            rings_at = wall + max(SHORTEST, at - self._clock() - LEAD)
        if (
            rings_at >= self._rings_at > wall
        ):  # an instant that has passed without a run means that the clock was set forward
            return False
        self._rings_at = rings_at
        return True

    def _pull_forward(self) -> None:
        while self._scheduler.running:
            rings_at = self._rings_at
            self._scheduler.modify_job(JOB, next_run_time=rings_at)
            if rings_at == self._rings_at:  # else another thread has set it meanwhile
                break

    def _run_job(self) -> None:
        with self._lock:
            aim, self._asked, self._ringing = self._asked, None, True
        self._next = None
        try:
            with span("scheduler"):
                self._next = self._look_and_sweep(aim)
        except Exception as error:
            self._pause = min(max(1.0, 2 * self._pause), LONGEST_AFTER_FAILURE)
            log.error("the sweep failed: %s; next attempt in %.0f s", reason_of(error), self._pause)
            log.debug("the sweep failed", exc_info=error)
            self._next = self._clock() + timedelta(seconds=self._pause)

    def _after_job(self, _event: object) -> None:
        """Set the next run. After a quick run APScheduler calls this before it asks for the next time itself."""
        with self._lock:
            self._ringing, self._rang_at = False, system_clock()
            self._rings_at = self._rang_at + self._interval
            asked = None if self._time_slices.cut else self._asked  # if work is left, run again at once
            self._asked = min((at for at in (asked, self._next) if at is not None), default=None)
            if self._asked is not None:
                self._set(self._asked)
        if not self._stopping.is_set():
            self._pull_forward()

    def _look_and_sweep(self, aim: datetime | None) -> datetime | None:
        """Sweep if something is due or the regular time has come; return when to run again."""
        now = self._clock()
        if aim is not None and timedelta() < aim - now <= EARLY:
            now = aim  # waited for below
        regular = self._swept_at is None or not timedelta() <= now - self._swept_at < self._interval / 2
        known = aim is not None and AT_ONCE < aim <= now
        if not (regular or known or self._time_slices.holding):
            begun = time.monotonic()
            due, soon = anything_due(self._engine, now)
            self._spacing = min(SPACING, LOOKS_APART * timedelta(seconds=time.monotonic() - begun))
            if not due:
                return soon
        swept = self._time_slices.sweep(now)
        self._swept_at = now
        self._after_sweep()
        return self._again(swept, now)

    def _again(self, swept: Swept, now: datetime) -> datetime | None:
        """The next coming instant; at once if the time slice was over; soon if due rows were left to others."""
        if self._time_slices.cut:
            return now
        if not swept.left:
            self._pause = 0.0
            return swept.next_due_at
        self._pause = 1.0 if swept.fired else min(max(1.0, 2 * self._pause), self._interval.total_seconds())
        later = now + timedelta(seconds=self._pause)
        return later if swept.next_due_at is None else min(later, swept.next_due_at)


class _WhenSet(BaseTrigger):  # type: ignore[misc]
    """The job's trigger: the instant to which the waker is set."""

    def __init__(self, waker: Waker) -> None:
        self._waker = waker

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return self._waker.next_run(previous_fire_time, now)
