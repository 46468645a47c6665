"""The forgetter: removes expired idempotency keys and read records, in a thread of the scheduler process."""

import logging
from datetime import timedelta

from sqlalchemy import Engine

from lifecycle.commands.idempotency import AT_ONCE, forget_old_keys
from lifecycle.people.reads import AT_ONCE as READS_AT_ONCE
from lifecycle.people.reads import forget_old_reads
from lifecycle.records.engine import writing
from scheduler.clock import Clock, system_clock
from scheduler.worker import Worker

log = logging.getLogger(__name__)
INTERVAL = 600.0  # seconds between two turns
WINDOW = timedelta(hours=24)


class Forgetter(Worker):
    """Runs at the start and every INTERVAL. window: minimum retention of a key; clock: that of answers."""

    def __init__(
        self, engine: Engine, clock: Clock, window: timedelta = WINDOW, interval: float = INTERVAL
    ) -> None:
        super().__init__("forgetter", self._turn, interval=interval)
        self._engine, self._clock, self._window = engine, clock, window

    def _turn(self) -> None:
        try:
            gone = AT_ONCE
            while gone == AT_ONCE:
                with writing(self._engine) as conn:
                    gone = forget_old_keys(conn, self._clock(), self._window)
            gone = READS_AT_ONCE
            while gone == READS_AT_ONCE:
                with writing(self._engine) as conn:
                    gone = forget_old_reads(conn, system_clock())
        except Exception as error:
            log.error("cannot delete old idempotency keys or reads: %s; next attempt later", type(error).__name__)
