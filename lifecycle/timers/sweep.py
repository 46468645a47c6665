"""The sweep: fires everything that is due, in the order of the terms (R15), in short transactions that never wait
for a lock.

At each due instant the kinds follow in their order, each in batches. A batch is one transaction: it claims rows,
reads facts, takes the pure steps, and writes states, history and next timers. It skips rows that another process
has locked.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter

from sqlalchemy import Engine

from lifecycle.history.editions_known import adopt_announcements
from lifecycle.history.store import ConcurrentChange
from lifecycle.records.engine import reading, writing
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.timers.ahead import NextBatch, can_read_ahead, tuned_for_batches
from lifecycle.timers.batch import Batch, fault
from lifecycle.timers.claims import Claim, claim_due
from lifecycle.timers.clock import lock_clock, raise_high_water_mark
from lifecycle.timers.counters import Swept, beat, count_sweep
from lifecycle.timers.due import (
    FIRST,
    NONE,
    DueGroup,
    KindEvent,
    next_due_at,
    next_instant,
    prepare_batch,
)
from lifecycle.timers.parked import is_about_row, park
from lifecycle.timers.shapes import Shapes, shapes_of

LATELY = timedelta(seconds=5)


def never() -> bool:
    """Do not stop before nothing is due."""
    return False


def at_once() -> bool:
    """The instant has already come."""
    return True


def sweep(
    engine: Engine,
    now: datetime,
    *,
    batch: int = 10_000,
    stop: Callable[[], bool] = never,
    on_batch: Callable[[DueGroup, int], None] | None = None,
    editions: Editions = EDITIONS,
    passing_from: datetime | None = None,
    held: frozenset[KindEvent] = NONE,
    share: int = 0,
    has_come: Callable[[], bool] = at_once,
) -> Swept:
    """Fire everything that is due by now, with the due instant as legal instant and now as instant of recording
    (R16). Never early.

    If the clock was set back, rows are recorded at the high-water mark, so that no recording precedes an earlier
    one.

    batch: rows per transaction. stop: checked between batches. on_batch: called after each committed batch with
    the number of fired timers. passing_from: where the time of a sandbox starts; each timer is recorded at its own
    instant on the way to now. held: kinds and events that do not fire. share: the number of rows of each due
    instant that fire first, so that they do not wait behind thousands of an earlier one, starting with instants
    within LATELY; a contract's own timers keep their order. has_come: called before the first batch, when the due
    instant is known; may wait for it, and returns whether it has come.

    A timer whose step raises is parked, and the sweep continues. Raises only errors of the database.
    """
    run, begun = _Run(engine, now, batch, stop, on_batch, editions, passing_from, held, has_come), perf_counter()
    if share:
        run.walk(share, now - LATELY)
        run.walk(share)
    while not stop() and run.walk():
        pass
    with reading(engine) as conn:
        left = bool(next_instant(conn, now, FIRST, now, held))
        soon = next_due_at(conn, now, held)
    took = timedelta(seconds=perf_counter() - begun)
    with lock_clock(engine) as conn:
        beat(conn, now, took, run.late, fired=bool(run.counts))
    count_sweep(run.counts, run.parked, took)
    return Swept(dict(run.counts), run.parked, run.batches, run.late, left, soon)


def anything_due(engine: Engine, now: datetime) -> tuple[bool, datetime | None]:
    """Return whether anything is due by now, and the instant of the next timer."""
    with reading(engine) as conn:
        return bool(next_instant(conn, now, FIRST, now)), next_due_at(conn, now)


@dataclass(slots=True)
class _Run:
    """A running sweep: its input, and its results so far."""

    engine: Engine
    now: datetime
    batch: int
    stop: Callable[[], bool]
    on_batch: Callable[[DueGroup, int], None] | None
    editions: Editions
    passing_from: datetime | None
    held: frozenset[KindEvent]
    has_come: Callable[[], bool]
    mark: datetime | None = None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    parked: int = 0
    batches: int = 0
    late: timedelta = timedelta()

    def walk(self, share: int = 0, after: datetime = FIRST) -> bool:
        """Visit the due instants after one, earliest first. Returns whether anything fired.

        share: the number of rows of each.
        """
        before = self.batches, self.parked
        while not self.stop():
            with reading(self.engine) as conn:
                here = next_instant(conn, self.now, after, self.now, self.held)
                if here and self.mark is None:
                    adopt_announcements(conn)  # another process may have recorded a later instant
            if not here or not (self.batches or self.has_come()):
                break
            if self.mark is None:
                with lock_clock(self.engine) as conn:  # a batch would lock the row until its end
                    self.mark = raise_high_water_mark(conn, self.now)
            after = here[0].at
            for due in here:
                self._fire_all(due, share)
        return before != (self.batches, self.parked)

    def _recorded(self, due: DueGroup) -> datetime:
        if self.passing_from is not None:
            return max(due.at, self.passing_from)
        return self.now if self.mark is None else self.mark

    def _fire_all(self, due: DueGroup, share: int) -> None:
        after, limit = "", min(share or self.batch, self.batch)
        shapes = shapes_of(due, self._recorded(due), self.editions)
        while not self.stop():
            claims = self._transaction(shapes, after, None, limit)
            if share or len(claims) < limit:
                break
            after = claims[-1].subject_id
            if shapes.often_alike and can_read_ahead(self.engine):
                if (last := self._fire_ahead(shapes, after)) is None:
                    break
                after = last

    def _transaction(self, shapes: Shapes, after: str, upto: str | None, limit: int) -> list[Claim]:
        """Fire one batch. If it cannot be written, it is halved until the faulty rows are alone."""
        due, alike = shapes.due, shapes.often_alike
        claims: list[Claim] = []
        try:
            with tuned_for_batches(), writing(self.engine) as conn:
                prepare_batch(conn)
                claims = claim_due(
                    conn, due, self.now, after, upto, limit, shapes=alike, fields=shapes.asked == 0 or not alike
                )
                batch = self._batch(shapes)
                batch.read(conn, claims)
                batch.write(conn)
        except Exception as error:
            self._split_batch(shapes, after, claims, error)
        else:
            self._count(due, batch.fired, len(batch.faults))
        return claims

    def _batch(self, shapes: Shapes) -> Batch:
        recorded = self._recorded(shapes.due)
        return Batch(shapes.due, self.now, recorded, self.editions, shapes if shapes.often_alike else None)

    def _fire_ahead(self, shapes: Shapes, after: str) -> str | None:
        """Fire batches, each prepared while the previous one is written, as long as contracts are alike. Returns
        where to continue, None at the end.
        """
        behind: tuple[NextBatch, Future[None]] | None = None
        more = True
        with ThreadPoolExecutor(1) as pen:
            while True:
                with tuned_for_batches(), ExitStack() as unwritten:
                    ahead = None
                    if more and shapes.often_alike and not self.stop():
                        ahead = NextBatch(self.engine, self._batch(shapes), after, self.batch)
                        unwritten.callback(ahead.drop)
                    error = behind[1].exception() if behind is not None else None
                    if error is None:
                        if behind is not None:
                            self._count(shapes.due, behind[0].batch.fired, len(behind[0].batch.faults))
                        unwritten.pop_all()
                if behind is not None and error is not None:
                    self._split_batch(shapes, behind[0].after, behind[0].claims, error)
                    behind = None
                    continue
                if ahead is None:
                    return after if more else None
                more = len(ahead.claims) == self.batch
                after = ahead.claims[-1].subject_id if ahead.claims else after
                behind = ahead, pen.submit(ahead.write)

    def _split_batch(self, shapes: Shapes, after: str, claims: Sequence[Claim], error: BaseException) -> None:
        """Halve a batch that could not be written. Raises the error if it is not about a row."""
        if not claims or not isinstance(error, Exception) or not is_about_row(error):
            raise error
        if len(claims) == 1:
            self._set_aside(shapes.due, after, claims[0], error)
            return
        middle = claims[len(claims) // 2 - 1].subject_id
        self._transaction(shapes, after, middle, len(claims))
        self._transaction(shapes, middle, claims[-1].subject_id, len(claims))

    def _set_aside(self, due: DueGroup, after: str, claimed: Claim, error: Exception) -> None:
        """Park a row that could not be written, unless another process has stepped it meanwhile."""
        if isinstance(error, ConcurrentChange):
            return
        with writing(self.engine) as conn:
            still_due = claim_due(conn, due, self.now, after, claimed.subject_id, 1)
            faults = [fault(due, c, error) for c in still_due if c.subject_id == claimed.subject_id]
            park(conn, faults, self.now)
        self._count(due, [], len(faults))

    def _count(self, due: DueGroup, fired: Sequence[Claim], parked: int) -> None:
        self.parked += parked
        if fired:
            self.counts.update((due.kind, claimed.event) for claimed in fired)
            self.batches += 1
            self.late = max(self.late, self.now - due.at)
        if self.on_batch is not None and (fired or parked):
            self.on_batch(due, len(fired))
