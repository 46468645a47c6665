"""A batch that is read and filled in while the one before is being written and committed.

On PostgreSQL it holds its rows from the start, on a connection of its own. On SQLite, where there is one writer,
it reads without a lock: the versions of the rows guard those alike, and all others are claimed again as it writes.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import Connection, Engine

from lifecycle.records.engine import is_sqlite, reading, writing
from lifecycle.timers.batch import Batch
from lifecycle.timers.claims import Claim, claim_due
from lifecycle.timers.due import prefer_indexes

SWITCH_S = 0.0005  # after so long a thread that computes lets one that talks to the database go on


@contextmanager
def tuned_for_batches() -> Iterator[None]:
    """While batches run: no search for cycles, of which they make none; a written set is seen at once."""
    collecting, interval = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(min(interval, SWITCH_S))
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if collecting:
            gc.enable()


def can_read_ahead(engine: Engine) -> bool:
    """Whether one connection can read while another writes: not where the database is in memory."""
    return not is_sqlite(engine) or engine.url.database not in (None, "", ":memory:")


class NextBatch:
    """The rows of a due group with ids after one, claimed and the steps of those alike filled in; not written.

    batch: what fired is in it once it is written. claims: in the order of id.
    """

    def __init__(self, engine: Engine, batch: Batch, after: str, limit: int) -> None:
        self.after, self.claims = after, list[Claim]()
        self.batch, self._engine = batch, engine
        self._open = ExitStack()
        self._conn: Connection | None = None
        if is_sqlite(engine):
            with reading(engine) as conn:
                self._read(conn, limit)
            return
        with ExitStack() as opening:
            self._conn = opening.enter_context(writing(engine))
            prefer_indexes(self._conn)
            self._read(self._conn, limit)
            self._open = opening.pop_all()

    def _read(self, conn: Connection, limit: int) -> None:
        self.claims = claim_due(conn, self.batch.due, self.batch.now, self.after, None, limit, shapes=True)
        self.batch.read(conn, self.claims, ahead=True)

    def write(self) -> None:
        """Writes and commits it. Raises what a batch raises."""
        with self._open:
            if self._conn is not None:
                self.batch.write(self._conn)
                return
            with writing(self._engine) as conn:
                self._claim_others_again(conn)
                self.batch.write(conn)

    def drop(self) -> None:
        """Lets its rows go."""
        self._open.close()

    def _claim_others_again(self, conn: Connection) -> None:
        others = {claimed.subject_id for claimed in self.batch.others}
        if others:
            upto = self.claims[-1].subject_id
            held = claim_due(conn, self.batch.due, self.batch.now, self.after, upto, len(self.claims))
            self.batch.others = [claimed for claimed in held if claimed.subject_id in others]
