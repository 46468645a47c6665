"""Follows announcements of versions of the terms that other processes record (R42), every second."""

import logging

from sqlalchemy import Engine

from lifecycle.history.editions_known import adopt_announcements
from lifecycle.records.engine import reading
from scheduler.worker import Worker

log = logging.getLogger(__name__)
INTERVAL = 1.0  # seconds


class AnnouncementsFollower(Worker):
    """Applies recorded announcements to the terms of this process until it is stopped."""

    def __init__(self, engine: Engine, interval: float = INTERVAL) -> None:
        super().__init__("announcements", self._turn, interval=interval)
        self._engine, self._failed = engine, False

    def _turn(self) -> None:
        try:
            with reading(self._engine) as conn:
                adopt_announcements(conn)
            self._failed = False
        except Exception as error:  # logged once, until it works again
            if not self._failed:
                log.error("cannot read when terms were announced: %s; the known days count", type(error).__name__)
            self._failed = True
