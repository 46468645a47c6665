"""Limits on what a request may bring."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Passing, Problem, answer
from lifecycle.sheets.reading import MAX_BYTES

MAX_BODY = 256 * 1024
FILES: Mapping[str, int] = {
    "/import": MAX_BYTES + 1024 * 1024,  # one file, and what is around it
    "/v1/imports": MAX_BYTES,
}


class BodyLimit:
    """Refuses a body over MAX_BODY or its limit in FILES with 413, by its announced length or as it arrives."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is within the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = FILES.get(scope["path"], MAX_BODY)
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > most:
            await answer(_too_large(most), Request(scope))(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise Passing(_too_large(most))
            return message

        await self.app(scope, counted, send)


def _too_large(most: int) -> Problem:
    more: Mapping[str, Any] = {"limit_bytes": most}
    return Problem(413, "too-large", "Too large", f"A body holds at most {most} bytes.", **more)
