"""The forgetter: removes idempotency keys whose window is over, in a thread of the scheduler's process."""

import logging
from datetime import timedelta

from sqlalchemy import Engine

from lifecycle.commands.idempotency import AT_ONCE, forget_old_keys
from lifecycle.records.engine import writing
from scheduler.clock import Clock
from scheduler.worker import Worker

log = logging.getLogger(__name__)
INTERVAL = 600.0  # seconds between two turns
WINDOW = timedelta(hours=24)


class Forgetter(Worker):
    """Forgets at the start and every INTERVAL. window: how long a key is kept at least; clock: that of answers."""

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
        except Exception as error:
            log.error("cannot forget old idempotency keys: %s", type(error).__name__)
