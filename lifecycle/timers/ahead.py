"""Reads and prepares a batch while the previous one is being written and committed.

On PostgreSQL the batch locks its rows from the start, on its own connection. On SQLite, which allows one writer,
it reads without a lock: the row versions protect contracts that are alike, and the others are claimed again when
it writes.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import Connection, Engine

from lifecycle.records.engine import is_sqlite, reading, writing
from lifecycle.timers.batch import Batch
from lifecycle.timers.claims import Claim, claim_due
from lifecycle.timers.due import prepare_batch

SWITCH_S = 0.0005  # thread switch interval: a thread that computes yields to one that waits for the database


@contextmanager
def tuned_for_batches() -> Iterator[None]:
    """Tune the interpreter while batches run: no search for reference cycles, as batches create none, and fast
    thread switches.
    """
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
    """Whether one connection can read while another writes: not with a database in memory."""
    return not is_sqlite(engine) or engine.url.database not in (None, "", ":memory:")


class NextBatch:
    """The next batch of a due group: its rows are claimed and the steps of those alike are prepared, but not
    written.

    batch: its result once it is written. claims: in the order of id.
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
            prepare_batch(self._conn)
            self._read(self._conn, limit)
            self._open = opening.pop_all()

    def _read(self, conn: Connection, limit: int) -> None:
        self.claims = claim_due(conn, self.batch.due, self.batch.now, self.after, None, limit, shapes=True)
        self.batch.read(conn, self.claims, ahead=True)

    def write(self) -> None:
        """Write and commit the batch. Raises what a batch raises."""
        with self._open:
            if self._conn is not None:
                self.batch.write(self._conn)
                return
            with writing(self._engine) as conn:
                prepare_batch(conn)
                self._claim_others_again(conn)
                self.batch.write(conn)

    def drop(self) -> None:
        """Release its rows."""
        self._open.close()

    def _claim_others_again(self, conn: Connection) -> None:
        others = {claimed.subject_id for claimed in self.batch.others}
        if others:
            upto = self.claims[-1].subject_id
            held = claim_due(conn, self.batch.due, self.batch.now, self.after, upto, len(self.claims))
            self.batch.others = [claimed for claimed in held if claimed.subject_id in others]
