"""Notifies the schedulers of other processes of this process's commits, on PostgreSQL, from a separate thread.

A transaction that notifies holds a server-wide lock while it commits, so no command does it: one thread per
process notifies of all commits since its last notification. After a crash, the next regular sweep finds what was
not notified.
"""

import logging

from sqlalchemy import Engine

from lifecycle.records.engine import is_sqlite
from lifecycle.timers.notify import notify
from scheduler.worker import Worker

log = logging.getLogger(__name__)
SPACING = 0.02  # minimum seconds between two notifications


class Notifier(Worker):
    """Called after each commit.

    Notifies at once, then combines all commits within SPACING. On SQLite it does nothing.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__("teller", self._tell, spacing=SPACING)
        self._engine = engine

    def start(self) -> None:
        """Start notifying."""
        if not is_sqlite(self._engine):
            super().start()

    def _tell(self) -> None:
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                notify(
                    conn
                )  # only NOTIFY: a transaction that also writes waits for the disk and delays other notifications
        except Exception as error:
            why = type(error).__name__
            log.warning("cannot notify the schedulers: %s; the regular sweep fires what is due", why)
