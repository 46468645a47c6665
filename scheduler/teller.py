"""Telling the schedulers of other processes of this one's commits, on PostgreSQL, from a thread of its own.

A transaction that notifies holds a lock over the whole server while it commits. No command does: one thread of
each process tells of all that was committed meanwhile. What a crash leaves untold the next regular sweep finds.
"""

import logging
import threading

from sqlalchemy import Engine

from lifecycle.desk.sweep import notify
from lifecycle.records.engine import is_sqlite, writing

log = logging.getLogger(__name__)
SPACING = 0.02  # seconds between two notices


class Teller:
    """Tells at once, then of all that comes within SPACING together. On SQLite there is nobody to tell."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._asked, self._stopping = engine, threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="teller")

    def start(self) -> None:
        """Starts telling."""
        if not is_sqlite(self._engine):
            self._thread.start()

    def tell(self) -> None:
        """Timers may have changed. For any thread; cheap."""
        self._asked.set()

    def stop(self) -> None:
        """Ends after what was asked last is told."""
        self._stopping.set()
        self._asked.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        last = False
        while not last:
            self._asked.wait()
            self._asked.clear()
            last = self._stopping.is_set()
            try:
                with writing(self._engine) as conn:
                    # One notice is committed at a time, all databases together: no other waits for a disk.
                    conn.exec_driver_sql("SET LOCAL synchronous_commit = off")
                    notify(conn)
            except Exception as error:
                log.warning("schedulers could not be told of a commit: %s", type(error).__name__)
            self._stopping.wait(SPACING)
