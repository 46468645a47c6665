"""Slow requests are answered one at a time, each caller in turn; all others are answered immediately.

Python computes one thing at a time: fifty slow answers at the same time would delay everybody by all fifty.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from time import monotonic, thread_time

from api.problems import Problem

SLOW_S = 0.05  # seconds of work from which a request is slow
MOST_KNOWN = 10_000  # maximum number of remembered callers and routes
PATIENCE_S = 30.0
MOST_WAITING = 64  # waiting slow requests of one caller
FORGETS, LEARNS = 0.7, 0.1  # how much of the last time counts the next time; how fast a route's average follows
Asked = tuple[str, str]  # a caller and a route
_WORK: ContextVar[list[float]] = ContextVar("work of the question being answered, by the parts that noted it")


class SlowRequestQueue:
    """Remembers the work of each caller's requests, and queues slow ones; used on the event loop only."""

    def __init__(self) -> None:
        self.taken: dict[Asked, float] = {}
        self.average: dict[str, float] = {}
        self.served: dict[str, float] = {}  # when each caller's last slow request began
        self.waiting: dict[str, deque[asyncio.Future[None]]] = {}
        self.busy = False

    def is_slow(self, asked: Asked) -> bool:
        """Whether a request is expected to be slow, from earlier requests of the caller or of others."""
        return self.taken.get(asked, self.average.get(asked[1], SLOW_S)) >= SLOW_S

    @asynccontextmanager
    async def question(self, asked: Asked) -> AsyncIterator[None]:
        """Answer one request, in its caller's turn if it is slow; `working` measures its work."""
        noted: list[float] = []
        token = _WORK.set(noted)
        try:
            if self.is_slow(asked):
                async with self.turn(asked[0]):
                    yield
            else:
                yield
        finally:
            _WORK.reset(token)
            if noted:
                self.note(asked, sum(noted))

    def note(self, asked: Asked, seconds: float) -> None:
        """Record the work of a request, in seconds."""
        self.taken[asked] = max(seconds, FORGETS * self.taken.pop(asked, 0.0))
        average = self.average.get(asked[1], seconds)
        self.average[asked[1]] = average + LEARNS * (seconds - average)
        if len(self.taken) > MOST_KNOWN:
            del self.taken[next(iter(self.taken))]

    @asynccontextmanager
    async def turn(self, who: str) -> AsyncIterator[None]:
        """Hold the turn of a caller while the block runs; the caller who has waited longest since its last turn is
        next. Raises Problem 503 if too many requests of the same caller wait, or none comes in time.
        """
        if self.busy:
            await self._wait(who)  # the turn is passed on: it stays busy
        self.busy = True
        self.served.pop(who, None)
        self.served[who] = monotonic()
        if len(self.served) > MOST_KNOWN:
            del self.served[next(iter(self.served))]
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, who: str) -> None:
        mine = self.waiting.setdefault(who, deque())
        if len(mine) >= MOST_WAITING:
            raise _busy("Too many questions of yours that take long are waiting.")
        turn = asyncio.get_running_loop().create_future()
        mine.append(turn)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await turn
        except (asyncio.CancelledError, TimeoutError) as error:
            if turn.done() and not turn.cancelled():
                self._pass_on()  # it got a turn that it can no longer use
            elif turn in mine:
                mine.remove(turn)
            if isinstance(error, TimeoutError):
                raise _busy("Other questions that take long are being answered.") from None
            raise

    def _pass_on(self) -> None:
        """Give the turn to the next, and forget callers without further requests."""
        while waiting := [who for who, turns in self.waiting.items() if turns]:
            turn = self.waiting[min(waiting, key=lambda one: self.served.get(one, 0.0))].popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.waiting.clear()
        self.busy = False


@contextmanager
def working() -> Iterator[None]:
    """Measure the work of this thread while the block runs, if it answers a request."""
    begun = thread_time()
    try:
        yield
    finally:
        if (noted := _WORK.get(None)) is not None:
            noted.append(thread_time() - begun)


def _busy(detail: str) -> Problem:
    return Problem(503, "busy", "Try again", detail, headers={"Retry-After": "5"})
