"""Limits on what a request may bring."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Passing, Problem, answer
from api.request.multipart import MAX_MULTIPART, is_multipart
from lifecycle.sheets.reading import MAX_BYTES

MAX_BODY = 256 * 1024
MOST_READ = 32 * 1024 * 1024  # of a body that is refused
ATTACHING = re.compile(r"(/v1)?/contracts/[^/]+/attachments(/new)?")
FILES: Mapping[str, int] = {
    "/import": MAX_BYTES + 1024 * 1024,  # one file, and what is around it
    "/v1/imports": MAX_BYTES,
    "/audit/verify": 64 * 1024 * 1024,  # an export of some ten thousands of rows; longer ones by the command line
}


class BodyLimit:
    """Refuses a body over its limit with 413, by its announced length or as it arrives."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is within the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        most = _most(scope["path"], headers.get(b"content-type", b"").decode("latin-1"))
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > most:
            await _let_pass(receive)
            await answer(_too_large(most), Request(scope))(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                if message.get("more_body", False):
                    await _let_pass(receive)
                raise Passing(_too_large(most))
            return message

        await self.app(scope, counted, send)


async def _let_pass(receive: Receive) -> None:
    """Reads on, up to MOST_READ, and throws it away: a client that still sends would not read the answer."""
    read = 0
    while read < MOST_READ:
        message = await receive()
        read += len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


def _most(path: str, content_type: str) -> int:
    """How many bytes a body may have."""
    if is_multipart(content_type) and ATTACHING.fullmatch(path):
        return MAX_MULTIPART
    return FILES.get(path, MAX_BODY)


def _too_large(most: int) -> Problem:
    more: Mapping[str, Any] = {"limit_bytes": most}
    return Problem(413, "too-large", "Too large", f"A body holds at most {most} bytes.", **more)
