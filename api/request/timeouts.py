"""Timeouts for the head, the body and the answer of a request."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.problems import Passing, Problem, answer
from api.request.request_limits import RequestLimits

HEAD_SECONDS = 10.0
SEND_SECONDS = 60.0
ALWAYS = ("/healthz", "/readyz", "/metrics")  # always answered, however busy the process is


class Timeouts:
    """Answers 408 if a body, 503 if an answer does not come in time; 503 immediately if too many wait.

    Started work continues to its end: a request without an answer may have been executed.
    """

    def __init__(self, app: ASGIApp, bounds: RequestLimits) -> None:
        self.app, self.bounds, self.running = app, bounds, 0
        self.late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on, by the clock."""
        if scope["type"] != "http" or scope["path"] in ALWAYS:
            await self.app(scope, receive, send)
            return
        turn = _Turn(self, scope, receive, send)
        if not _brings_body(scope) and not turn.enter():
            await answer(_busy(), Request(scope))(scope, receive, send)
            return
        timer = None
        if self.bounds.request_seconds:
            timer = asyncio.get_running_loop().call_later(self.bounds.request_seconds, turn.give_up)
        try:
            await self.app(scope, turn.receive, turn.send)
        finally:
            turn.leave()
            if timer is not None:
                timer.cancel()


class _Turn:
    """One request: what was received, what was sent."""

    def __init__(self, waits: Timeouts, scope: Scope, receive: Receive, send: Send) -> None:
        self.waits, self.scope, self._receive, self._send = waits, scope, receive, send
        self.read = self.begun = self.over = self.inside = False

    def enter(self) -> bool:
        """Take a place among the running requests; return whether there is one."""
        most = self.waits.bounds.requests_at_once
        if not self.inside and (not most or self.waits.running < most):
            self.inside, self.waits.running = True, self.waits.running + 1
        return self.inside

    def leave(self) -> None:
        """Release the place."""
        self.waits.running -= self.inside
        self.inside = False

    async def receive(self) -> Message:
        message = await self._receive()
        self.read = self.read or not message.get("more_body", False)
        if self.read and message["type"] == "http.request" and not self.enter():
            raise Passing(_busy())
        return message

    async def send(self, message: Message) -> None:
        if not self.over:
            self.begun = True
            await self._send(message)

    def give_up(self) -> None:
        if self.begun:
            return
        self.over = True
        response = answer(_late() if self.read else _slow(), Request(self.scope))
        task = asyncio.ensure_future(response(self.scope, self._receive, self._send))
        self.waits.late.add(task)
        task.add_done_callback(self.waits.late.discard)


def _brings_body(scope: Scope) -> bool:
    """Whether a body is announced. Until it is complete, its sender holds no place that others could use."""
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


class HeadTimeoutProtocol(H11Protocol):
    """uvicorn's protocol, which closes a connection whose next request's head takes longer than HEAD_SECONDS.

    It drops a connection whose client reads nothing for SEND_SECONDS.
    """

    _timer: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """The client does not keep up."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(SEND_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read most of what was sent."""
        super().resume_writing()
        self._taken()

    def _taken(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def connection_made(self, transport: Any) -> None:
        """Wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Stop waiting once the head is complete; a partial head does not extend the timeout."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for."""
        self._stop()
        self._taken()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _busy() -> Problem:
    return Problem(
        503, "busy", "Try again", "Too many requests are being worked on; nothing was stored.",
        headers={"Retry-After": "1"},
    )  # fmt: skip


def _late() -> Problem:
    return Problem(
        503, "late", "No answer in time", "It may still be carried out: ask again with the same idempotency key.",
        headers={"Retry-After": "5", "Connection": "close"},
    )  # fmt: skip


def _slow() -> Problem:
    return Problem(
        408, "slow", "Too slow", "The body did not arrive in time; nothing was stored.",
        headers={"Connection": "close"},
    )  # fmt: skip
