"""Writes the personal data reads of requests every second, in a thread of the process that answers them."""

import logging

from sqlalchemy import Engine

from lifecycle.people.reads import Reads, write_reads
from lifecycle.records.engine import writing
from scheduler.worker import Worker

log = logging.getLogger(__name__)
INTERVAL = 1.0  # seconds


class ReadsWriter(Worker):
    """Writes the reads of one process until it is stopped, and once more at the stop."""

    def __init__(self, engine: Engine, reads: Reads, interval: float = INTERVAL) -> None:
        super().__init__("reads", self._turn, interval=interval)
        self._engine, self._reads = engine, reads

    def _turn(self) -> None:
        taken = self._reads.take()
        if not taken:
            return
        try:
            with writing(self._engine) as conn:
                write_reads(conn, taken)
        except Exception as error:
            self._reads.put_back(taken)
            log.error("cannot record who read personal data: %s; next attempt soon", type(error).__name__)
