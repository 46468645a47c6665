"""A standby server for queries on which no command depends, as long as it keeps up with the primary."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from lifecycle.records.engine import reading

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
CHECK_S = 1.0  # minimum seconds between comparisons of the primary and the standby
_WRITTEN = text("SELECT CAST(pg_current_wal_lsn() AS text)")
_REPLAYED = text("SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= CAST(:place AS pg_lsn)")


@dataclass(slots=True)
class Standby:
    """A hot standby of PostgreSQL, and its maximum lag.

    engine: on the standby. behind_s: it answers if it has replayed everything that the primary had written so many
    seconds ago; otherwise, and if it cannot be reached, the primary answers. elapsed: a clock in seconds that
    never goes back.
    """

    engine: Engine
    behind_s: float
    elapsed: Callable[[], float] = field(default=monotonic, kw_only=True)
    keeps_up: bool = field(default=False, init=False)
    _places: deque[tuple[float, str]] = field(
        default_factory=deque, init=False
    )  # positions in the primary's log, by the time of reading
    _looked: float | None = field(default=None, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def __post_init__(self) -> None:
        """Set read-only transactions once: after one of another kind the driver would set it again."""
        self.engine = self.engine.execution_options(postgresql_readonly=True)

    def engine_for(self, primary: Engine) -> Engine:
        """Return the engine to query: the standby's if it keeps up, else the primary's."""
        with self._lock:
            now = self.elapsed()
            if self._looked is None or now - self._looked >= CHECK_S:
                self._looked = now
                self._note(self._look(primary, now))
            return self.engine if self.keeps_up else primary

    def ask(self, primary: Engine, question: Callable[[Connection], Answer]) -> Answer:
        """Query the standby; the primary if the standby is behind or fails."""
        asked = self.engine_for(primary)
        if asked is primary:
            with reading(primary) as conn:
                return question(conn)
        try:
            with reading(asked) as conn:
                return question(conn)
        except SQLAlchemyError as error:  # also a query that the replay has cancelled
            log.warning("the standby did not answer: %s; the primary answered instead", type(error).__name__)
            with reading(primary) as conn:
                return question(conn)

    def _look(self, primary: Engine, now: float) -> bool:
        with reading(primary) as conn:
            self._places.append((now, conn.execute(_WRITTEN).scalar_one()))
        while self._places[0][0] < now - self.behind_s:
            self._places.popleft()
        try:
            with reading(self.engine) as conn:
                return bool(conn.execute(_REPLAYED, {"place": self._places[0][1]}).scalar_one())
        except SQLAlchemyError as error:
            log.debug("the standby does not answer: %s", type(error).__name__)
            return False

    def _note(self, keeps_up: bool) -> None:
        if keeps_up != self.keeps_up:
            log.info("the standby has caught up; it answers lists and exports") if keeps_up else log.warning(
                "the standby is more than %.0f s behind or does not answer; the primary answers instead",
                self.behind_s,
            )
        self.keeps_up = keeps_up
