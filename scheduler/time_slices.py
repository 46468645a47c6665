"""Runs the sweep in time slices, so that newly due timers, the fuse and other writers get their turns.

The batch size follows from the measured speed of the last slice.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from lifecycle.records.engine import is_sqlite
from lifecycle.spans import span, told
from lifecycle.timers.counters import Swept
from lifecycle.timers.due import DueGroup
from lifecycle.timers.fuse import SweepPermit
from lifecycle.timers.sweep import sweep
from scheduler.clock import Clock, system_clock

log = logging.getLogger(__name__)

Fuse = Callable[[datetime, bool], SweepPermit]  # of the instant, and whether to count what is due
SLICE, SHARE = 0.3, 100  # seconds of one sweep; rows of each instant at the head of the next, where work is left
TRANSACTION, FEWEST = 0.12, 500  # seconds of one, as far as it has as many rows: rows locked, others waiting
COUNTS_APART = 20  # between counts of what is due in one long sweep, as many times what the last one took
# SQLite's other writers look every tenth of a second whether the lock is free: long work leaves it free so long.
AT_WORK, AT_REST = timedelta(seconds=0.5), 0.12


class TimeSlices:
    """Sweeps one slice at a time. clock: the service's time, with zone; batch: the maximum rows of a transaction.
    fuse: asked before each sweep what it may do at an instant. stopping: set when the process is to end. cut:
    whether the last slice ended before its work. holding: whether the fuse held anything then.
    """

    def __init__(self, engine: Engine, clock: Clock, batch: int, fuse: Fuse, stopping: threading.Event) -> None:
        self._engine, self._clock, self._batch, self._fuse = engine, clock, batch, fuse
        self._stopping = stopping
        self.cut = self.holding = False
        self._rows = min(batch, 2 * FEWEST)  # of a transaction
        self._count_at = 0.0  # when the fuse counts again in the midst of work, by the monotonic clock
        self._rested_at = datetime.min.replace(tzinfo=UTC)  # by the wall clock

    def sweep(self, now: datetime) -> Swept:
        """Sweep for one time slice, first a share of each instant if work was left; never early."""
        verdict = self._judged(now)
        self.holding = bool(verdict.held)

        def has_come() -> bool:
            self._stopping.wait((verdict.now - self._clock()).total_seconds())
            return verdict.now <= self._clock()

        if not self.cut:
            self._rested_at = system_clock()
        ends = time.monotonic() + SLICE + max(0.0, (verdict.now - self._clock()).total_seconds())
        with span("sweep") as seen:
            swept = sweep(
                self._engine, verdict.now, batch=self._rows, held=verdict.held, has_come=has_come,
                on_batch=self._let_others_write,
                stop=lambda: self._stopping.is_set() or time.monotonic() > ends, share=SHARE if self.cut else 0,
            )  # fmt: skip
            told(seen, lifecycle__fired=swept.fired, lifecycle__parked=swept.parked)
        took = time.monotonic() - ends + SLICE
        self.cut = swept.left and took > SLICE
        if self.cut and swept.fired:
            self._rows = min(self._batch, max(FEWEST, int(swept.fired * TRANSACTION / took)))
        _tell(swept, verdict)
        return swept

    def _judged(self, now: datetime) -> SweepPermit:
        begun = time.monotonic()
        counting = not self.cut or begun >= self._count_at
        verdict = self._fuse(now, counting)
        if counting:
            self._count_at = begun + COUNTS_APART * (time.monotonic() - begun)
        return verdict

    def _let_others_write(self, _due: DueGroup, _fired: int) -> None:
        if is_sqlite(self._engine) and system_clock() - self._rested_at > AT_WORK:
            self._stopping.wait(AT_REST)
            self._rested_at = system_clock()


def _tell(swept: Swept, verdict: SweepPermit) -> None:
    if verdict.held:
        log.error("the fuse holds ends; check clock and ends, then run: lifecycle scheduler resume")
    if swept.fired:
        log.info(
            "%d timers fired in %d batches, the oldest %.3f s late",
            swept.fired,
            swept.batches,
            swept.late.total_seconds(),
        )
    if swept.parked:
        log.warning("%d timers are parked because their steps failed; see: lifecycle parked list", swept.parked)
