"""Telling the schedulers of other processes of this one's commits, on PostgreSQL, from a thread of its own.

A transaction that notifies holds a lock over the whole server while it commits. No command does: one thread of
each process tells of all that was committed meanwhile. What a crash leaves untold the next regular sweep finds.
"""

import logging

from sqlalchemy import Engine

from lifecycle.records.engine import is_sqlite
from lifecycle.timers.notify import notify
from scheduler.worker import Worker

log = logging.getLogger(__name__)
SPACING = 0.02  # seconds between two notices


class Notifier(Worker):
    """Asked after each commit. Tells at once, then of all that comes within SPACING together.

    On SQLite there is nobody to tell.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__("teller", self._tell, spacing=SPACING)
        self._engine = engine

    def start(self) -> None:
        """Starts telling."""
        if not is_sqlite(self._engine):
            super().start()

    def _tell(self) -> None:
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                notify(conn)  # alone: a transaction that also writes waits for the disk, and other notices for it
        except Exception as error:
            why = type(error).__name__
            log.warning("cannot notify the schedulers: %s; the regular sweep fires what is due", why)
