"""The alarm: one job in memory that sweeps regularly and is pulled forward to the next due instant.

It holds nothing of the domain: what is due stands in the database. What it misses the next sweep finds.
"""

import logging
import signal
import threading
from datetime import UTC, datetime, timedelta

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from sqlalchemy import Engine

from lifecycle.desk.parked import reason_of
from lifecycle.desk.sweep import Swept, look, sweep
from lifecycle.records.engine import is_sqlite
from scheduler.clock import Clock, system_clock
from scheduler.listen import listen

log = logging.getLogger(__name__)
_clockwork = logging.getLogger(f"{__name__}.clockwork")  # APScheduler's own talk, errors excepted
_clockwork.setLevel(logging.ERROR)

JOB = "sweep"
AT_ONCE = datetime.min.replace(tzinfo=UTC)
SPACING = timedelta(seconds=0.2)  # between looks that somebody asked for without naming an instant
SHORTEST = timedelta(milliseconds=5)  # before the next ring, whatever the clock says
EARLY = timedelta(seconds=0.25)  # how much of a wall clock still behind the instant is waited out
LONGEST_AFTER_FAILURE = 4.0  # seconds


class Alarm:
    """Wakes the sweep. clock: the service's time, with zone; interval: seconds between the regular sweeps."""

    def __init__(self, engine: Engine, clock: Clock, interval: float = 30.0, *, batch: int = 10_000) -> None:
        self._engine, self._clock, self._batch = engine, clock, batch
        self._interval = timedelta(seconds=interval)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._ringing = False
        self._asked: datetime | None = None  # the instant, by the service's clock, for which it is set
        self._next: datetime | None = None  # what the last ring found to come next
        self._swept_at: datetime | None = None
        self._rang_at = AT_ONCE
        self._pause = 0.0  # seconds, growing while the database fails or others hold what is due
        self._ears = threading.Thread(target=self._listen, name="alarm-listens", daemon=True)
        self._scheduler = BackgroundScheduler(
            jobstores={"default": {"type": "memory"}},
            executors={"default": {"type": "threadpool", "max_workers": 1}},
            timezone=UTC, logger=_clockwork,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )  # fmt: skip

    def start(self) -> None:
        """Starts ringing: at once, for what fell due before, then whenever something does."""
        self._scheduler.add_job(
            self._ring, "interval", id=JOB, seconds=self._interval.total_seconds(), next_run_time=system_clock()
        )
        self._scheduler.add_listener(self._after_ring, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
        self._scheduler.start()
        if not is_sqlite(self._engine):
            self._ears.start()

    def stop(self) -> None:
        """Ends after the batch under way is committed. The alarm cannot be started again."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        if self._ears.is_alive():
            self._ears.join()

    def wake(self, due_at: datetime | None = None) -> None:
        """Has the alarm ring at an instant, or soon where none is named. For any thread; cheap; never raises."""
        try:
            self._ask(due_at or AT_ONCE)
        except Exception as error:
            log.warning("the alarm could not be set: %s; the regular sweep will do", type(error).__name__)

    def _ask(self, at: datetime) -> None:
        with self._lock:
            if self._asked is not None and self._asked <= at:
                return
            self._asked = at
            if not self._ringing:
                self._set(at)

    def _set(self, at: datetime) -> None:
        """Sets the job to an instant of the service's clock; the scheduler itself goes by the wall clock."""
        wall = system_clock()
        rings_at = (
            max(wall, self._rang_at + SPACING) if at == AT_ONCE else wall + max(at - self._clock(), SHORTEST)
        )
        job = self._scheduler.get_job(JOB)
        if job is not None and (job.next_run_time is None or rings_at < job.next_run_time):
            self._scheduler.modify_job(JOB, next_run_time=rings_at)

    def _ring(self) -> None:
        with self._lock:
            aim, self._asked, self._ringing = self._asked, None, True
        self._next = None
        try:
            self._next = self._look_and_sweep(aim)
        except Exception as error:
            self._pause = min(max(1.0, 2 * self._pause), LONGEST_AFTER_FAILURE)
            log.error("the sweep failed, again in %.0f s: %s", self._pause, reason_of(error))
            log.debug("the sweep failed", exc_info=error)
            self._next = self._clock() + timedelta(seconds=self._pause)

    def _after_ring(self, _event: object) -> None:
        """Sets the next ring, once the job counts as ended."""
        with self._lock:
            self._ringing, self._rang_at = False, system_clock()
            wanted = [at for at in (self._asked, self._next) if at is not None]
            self._asked = min(wanted, default=None)
            if self._asked is not None and not self._stopping.is_set():
                self._set(self._asked)

    def _look_and_sweep(self, aim: datetime | None) -> datetime | None:
        """Sweeps if something is due or the regular time has come; when to look again."""
        now = self._clock()
        if aim is not None and timedelta() < aim - now <= EARLY:
            self._stopping.wait((aim - now).total_seconds())
            now = self._clock()
        regular = self._swept_at is None or not timedelta() <= now - self._swept_at < self._interval / 2
        if not regular:
            due, soon = look(self._engine, now)
            if not due:
                return soon
        swept = sweep(self._engine, now, batch=self._batch, stop=self._stopping.is_set)
        self._swept_at = now
        _tell(swept)
        return self._again(swept, now)

    def _again(self, swept: Swept, now: datetime) -> datetime | None:
        """The next instant to come; soon, where something due was left to others."""
        if not swept.left:
            self._pause = 0.0
            return swept.next_due_at
        self._pause = 1.0 if swept.fired else min(max(1.0, 2 * self._pause), self._interval.total_seconds())
        later = now + timedelta(seconds=self._pause)
        return later if swept.next_due_at is None else min(later, swept.next_due_at)

    def _listen(self) -> None:
        listen(self._engine, self.wake, self._stopping)


def run_forever(engine: Engine, clock: Clock, interval: float = 30.0) -> None:
    """Runs the alarm alone until SIGTERM or SIGINT; ends after the batch under way. In the main thread only."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    alarm = Alarm(engine, clock, interval)
    alarm.start()
    try:
        ended.wait()
    finally:
        alarm.stop()


def _tell(swept: Swept) -> None:
    if swept.fired:
        log.info(
            "%d fired in %d batches, the oldest %.3f s late",
            swept.fired,
            swept.batches,
            swept.late.total_seconds(),
        )
    if swept.parked:
        log.warning("%d parked: their steps failed", swept.parked)
