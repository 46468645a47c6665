"""Every request gets an id, a line in the log without personal data, and its place in the metrics."""

import logging
import re
from random import getrandbits
from time import perf_counter
from typing import Any

import structlog
from h11 import LocalProtocolError
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.request.metrics import RequestMetrics
from api.request.telemetry import without_path
from lifecycle.people.security_log import ADDRESS

HEADER = "X-Request-Id"
GONE = 499  # whoever asked has gone, or speaks HTTP no more: no fault of ours, and nobody reads an answer
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ID = re.compile(r"[0-9a-f]{8,64}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
log = logging.getLogger("api.requests")


class RequestLog:
    """Binds the request's id to all that is logged on its way, and echoes it.

    A caller's own id is taken where it is a UUID or hexadecimal, for anything else might be somebody's data.
    """

    def __init__(self, app: ASGIApp, measures: RequestMetrics) -> None:
        self.app, self.measures = app, measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        without_path()
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if _ID.fullmatch(given) else f"{getrandbits(128):032x}"
        begun, status = perf_counter(), 500

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        ADDRESS.set(scope["client"][0] if scope.get("client") else None)
        try:
            await self.app(scope, receive, marked)
        except (ClientDisconnect, LocalProtocolError):
            status = GONE
        finally:
            seconds, route = perf_counter() - begun, route_of(scope)
            method = scope["method"] if scope["method"] in METHODS else "other"
            self.measures.note(method, route, status, seconds)
            if log.isEnabledFor(logging.INFO):
                told = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
                log.info("answered", extra=told)


def route_of(scope: Any) -> str:
    """The template of the route that took the request; never the path, which may hold anything."""
    return getattr(scope.get("route"), "path", None) or "none"
