"""Calls an application in the process of the test: one hop to its event loop per request, as in a server."""

import atexit
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal

ADDRESS = "http://testserver"


@cache
def portal() -> BlockingPortal:
    """The one loop that all applications of a test process run on; it ends with the process."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(start_blocking_portal())


class InProcess(httpx2.BaseTransport):
    """Runs an ASGI application for each request; what the application raises, the request raises."""

    def __init__(self, app: Any) -> None:
        self.app = app
        portal()  # before threads ask at once, and each makes a loop of its own

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The application's answer."""
        answer: dict[str, Any] = portal().call(self._run, scope_of(request), parts_of(request))
        return httpx2.Response(request=request, **answer)

    async def _run(self, scope: dict[str, Any], parts: Iterator[dict[str, Any]]) -> dict[str, Any]:
        answer: dict[str, Any] = {"content": b""}

        async def receive() -> dict[str, Any]:
            return next(parts, {"type": "http.disconnect"})

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.update(status_code=message["status"], headers=list(message["headers"]))
            else:
                answer["content"] += message.get("body", b"")

        await self.app(scope, receive, send)
        return answer


def scope_of(request: httpx2.Request) -> dict[str, Any]:
    """Return the ASGI scope that a server would build from a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},  # a disconnected client is noticed when sending
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("testclient", 50000),
        "server": (request.url.host, request.url.port or 80),
        "state": {},
    }


def parts_of(request: httpx2.Request) -> Iterator[dict[str, Any]]:
    """The body, part by part as it is sent."""
    for part in request.stream:  # type: ignore[union-attr]
        yield {"type": "http.request", "body": part, "more_body": True}
    yield {"type": "http.request", "body": b"", "more_body": False}
