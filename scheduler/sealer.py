"""The sealer: seals the log regularly, and soon after each sweep, in a thread of the scheduler's process."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy import Engine

from lifecycle.audit.seal import Seals, seal
from scheduler.clock import Clock

log = logging.getLogger(__name__)
INTERVAL = 30.0  # seconds between two sealings; what is not sealed is not yet proved


class Sealer:
    """Seals at once, at least every INTERVAL, and whenever it is asked. after: told of each sealing."""

    def __init__(
        self, engine: Engine, clock: Clock, seals: Seals, interval: float = INTERVAL,
        after: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        self._engine, self._clock, self._seals, self._interval = engine, clock, seals, interval
        self._after = after
        self._asked, self._stopping = threading.Event(), threading.Event()
        self._told: str | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="sealer")

    def start(self) -> None:
        """Starts sealing."""
        self._thread.start()

    def ask(self) -> None:
        """Has it seal soon. For any thread; cheap."""
        self._asked.set()

    def stop(self) -> None:
        """Ends after a last sealing."""
        self._stopping.set()
        self._asked.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            last = self._stopping.is_set()
            self._asked.clear()
            self._seal()
            self._after()
            if last:
                return
            self._asked.wait(self._interval)

    def _seal(self) -> None:
        try:
            sealed = seal(self._engine, self._clock(), self._seals)
        except Exception as error:
            log.error("sealing failed, again in %.0f s: %s", self._interval, type(error).__name__)
            log.debug("sealing failed", exc_info=error)
            return
        trouble = sealed.refused or sealed.unposted
        if trouble and trouble != self._told:
            log.error("the log is not sealed as it should be: %s", trouble)
        self._told = trouble
