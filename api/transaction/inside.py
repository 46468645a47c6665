"""Asking /v1 within the process: the whole road of a request, but for the network and the token."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import Request
from starlette.types import Message

from api.access.auth import SIGNED_IN, Principal


@dataclass(frozen=True, slots=True)
class Answered:
    """What /v1 answered: a resource, or a problem where status is 400 or more."""

    status: int
    content: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def fine(self) -> bool:
        """Whether it was done."""
        return self.status < 400


async def ask(
    request: Request, who: Principal, method: str, path: str, body: Any = None,
    *, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None,
    marks: Mapping[str, Any] | None = None,
) -> Answered:  # fmt: skip
    """Asks the application itself as a principal. body: JSON, None for none; marks: for the scope.

    Problems are answers, not raised.
    """
    content = b"" if body is None else json.dumps(body).encode()  # of any number, which /v1 judges
    sent = {"host": "inside", "content-type": "application/json", "content-length": str(len(content))}
    sent |= {name.lower(): value for name, value in (headers or {}).items()}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": request.url.scheme,
        "client": request.scope.get("client"), "server": request.scope.get("server"),
        "method": method, "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": urlencode(query or {}).encode(),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        SIGNED_IN: who, **(marks or {}),
    }  # fmt: skip
    start: Message = {}
    received = bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            received.extend(message.get("body", b""))

    await request.app(scope, receive, send)
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answered(start["status"], orjson.loads(bytes(received)), answered)
