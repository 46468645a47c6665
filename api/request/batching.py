"""Batching of requests: while a thread works on one batch, the next batch collects."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from api.problems import Problem

QuestionT = TypeVar("QuestionT")
AnswerT = TypeVar("AnswerT")
MOST = 64  # requests in one batch
QUIET = 4  # turns of the event loop without a new request, after which a batch starts
MOST_WAITING = 1000


class Batching(Generic[QuestionT, AnswerT]):
    """Collects waiting requests, at most MOST at a time, in the order of arrival, and processes one batch after
    the other. Only one thread computes at a time, so a batch waits while further requests are being received.
    work: processes a batch in a separate thread and returns one answer for each request. Everything else runs on
    the event loop.
    """

    def __init__(self, name: str, work: Callable[[Sequence[QuestionT]], Sequence[AnswerT | Exception]]) -> None:
        self._work, self._waiting, self._working = work, list[tuple[QuestionT, asyncio.Future[AnswerT]]](), False
        self._thread = ThreadPoolExecutor(1, name)

    async def ask(self, question: QuestionT) -> AnswerT:
        """Return the answer to one request. Raises the error of the work, Problem 503 if too many wait."""
        if len(self._waiting) >= MOST_WAITING:
            raise Problem(
                503, "busy", "Try again", "Too many requests are being worked on; nothing was stored.",
                headers={"Retry-After": "1"},
            )  # fmt: skip
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[AnswerT] = loop.create_future()
        self._waiting.append((question, answer))
        if not self._working:
            self._working = True
            loop.call_soon(self._gather, loop)
        return await answer

    def _gather(self, loop: asyncio.AbstractEventLoop, had: int = 0, quiet: int = 0) -> None:
        """Start a batch when no further request has come for some turns of the loop."""
        has = len(self._waiting)
        quiet = quiet + 1 if has == had else 0
        if has < MOST and quiet < QUIET:
            loop.call_soon(self._gather, loop, has, quiet)
        elif has:
            self._begin(loop)
        else:
            self._working = False

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        lot, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        done = loop.run_in_executor(self._thread, self._work, [question for question, _ in lot])
        done.add_done_callback(lambda done: self._end(loop, [answer for _, answer in lot], done))

    def _end(
        self,
        loop: asyncio.AbstractEventLoop,
        asked: Sequence[asyncio.Future[AnswerT]],
        done: asyncio.Future[Sequence[AnswerT | Exception]],
    ) -> None:
        loop.call_soon(self._gather, loop)
        failed = done.exception()
        answers: Sequence[AnswerT | BaseException] = [failed] * len(asked) if failed else done.result()
        for future, answer in zip(asked, answers, strict=True):
            if future.done():  # its request has ended
                continue
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)
