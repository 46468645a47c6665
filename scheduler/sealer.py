"""The sealer: seals the log regularly, and soon after each sweep, in a thread of the scheduler's process."""

import logging
from collections.abc import Callable

from sqlalchemy import Engine

from lifecycle.audit.seal import Seals, seal
from lifecycle.spans import span
from scheduler.clock import Clock
from scheduler.worker import Worker

log = logging.getLogger(__name__)
INTERVAL = 30.0  # seconds between two sealings; rows that are not sealed cannot be proved yet


class Sealer(Worker):
    """Seals at the start, at least every INTERVAL, on request, and at its end. after: called after each."""

    def __init__(
        self, engine: Engine, clock: Clock, seals: Seals, interval: float = INTERVAL,
        after: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        super().__init__("sealer", self._turn, interval=interval)
        self._engine, self._clock, self._seals, self._after = engine, clock, seals, after
        self._told: str | None = None

    def _turn(self) -> None:
        try:
            with span("seal"):
                sealed = seal(self._engine, self._clock(), self._seals)
        except Exception as error:
            log.error("cannot seal the log: %s; next attempt in %.0f s", type(error).__name__, self._interval)
            log.debug("cannot seal the log", exc_info=error)
        else:
            self._tell(sealed.refused or sealed.unposted)
        self._after()

    def _tell(self, trouble: str | None) -> None:
        """Log what is wrong, once as long as it stays the same."""
        if trouble and trouble != self._told:
            log.error("the log is not sealed or not published: %s; correct the cause", trouble)
        self._told = trouble
