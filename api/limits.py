"""Limits on what a request may bring."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Passing, Problem, answer

MAX_BODY = 256 * 1024


class BodyLimit:
    """Refuses a body over MAX_BODY with 413, by its announced length or while it arrives."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is within the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > MAX_BODY:
            await answer(_too_large(), Request(scope))(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MAX_BODY:
                raise Passing(_too_large())
            return message

        await self.app(scope, counted, send)


def _too_large() -> Problem:
    more: Mapping[str, Any] = {"limit_bytes": MAX_BODY}
    return Problem(413, "too-large", "Too large", f"A body holds at most {MAX_BODY} bytes.", **more)
