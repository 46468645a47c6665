"""The traces of a request: a log line, metrics, the personal data that it read, a span.

Log, metrics and span contain no personal data. OpenTelemetry uses FastAPI's own support, off until there is a
provider: with the extra `otel`, FASTAPI_OTEL_AUTO_CONFIGURE=true and OTEL_EXPORTER_OTLP_ENDPOINT, spans are sent.
"""

import logging
import re
from collections.abc import Mapping, MutableMapping
from random import getrandbits
from time import monotonic, perf_counter
from typing import Any

import structlog
from fastapi.telemetry import TelemetryConfig
from h11 import LocalProtocolError
from opentelemetry.trace import get_current_span
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from sqlalchemy import Connection, func, select
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.request.context import Context
from lifecycle.people.reads import Read
from lifecycle.people.security_log import ADDRESS
from lifecycle.records import tables
from lifecycle.records.people import looking

HEADER = "X-Request-Id"
GONE = (
    499  # the client has closed the connection or broken the protocol: not our error, and the answer is not read
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ID = re.compile(r"[0-9a-f]{8,64}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NAMELESS = "page"
COUNTED_EVERY_S = 60.0
_BOUNDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
log = logging.getLogger("api.requests")


class RequestMetrics:
    """The metrics of one application, in a separate registry. route: the template, never a path with an id."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.by_state: Mapping[str, int] = {}
        self.counted_at = -COUNTED_EVERY_S
        self.requests = Counter(
            "lifecycle_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "lifecycle_http_request_seconds", "How long answers took.", ("method", "route"),
            registry=self.registry, buckets=_BOUNDS,
        )  # fmt: skip

    def contracts(self, conn: Connection) -> Mapping[str, int]:
        """Return the number of contracts by state, cached because it counts all."""
        if monotonic() - self.counted_at >= COUNTED_EVERY_S:
            table = tables.contract.c
            counted = conn.execute(select(table.state, func.count()).group_by(table.state))
            self.by_state, self.counted_at = {row[0]: row[1] for row in counted}, monotonic()
        return self.by_state

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answer."""
        self.requests.labels(method, route, status).inc()
        self.seconds.labels(method, route).observe(seconds)


class RequestLog:
    """Binds the request's id to its log lines and returns it in the header; records the request and its reads.

    A client's own id is used only if it is a UUID or hexadecimal, because anything else might be personal data.
    """

    def __init__(self, app: ASGIApp, measures: RequestMetrics) -> None:
        self.app, self.measures = app, measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
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
            with looking() as look:
                await self.app(scope, receive, marked)
        except (ClientDisconnect, LocalProtocolError):
            status = GONE
        finally:
            if look.actor is not None and look.ids:
                context: Context = scope["app"].state.context
                context.reads.add(Read(context.wall(), look.actor, _operation(scope), tuple(look.ids)))
            seconds, route = perf_counter() - begun, route_of(scope)
            method = scope["method"] if scope["method"] in METHODS else "other"
            self.measures.note(method, route, status, seconds)
            if log.isEnabledFor(logging.INFO):
                told = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
                log.info("answered", extra=told)


def route_of(scope: Any) -> str:
    """Return the template of the matched route; never the path, which may contain anything."""
    return getattr(scope.get("route"), "path", None) or "none"


def _operation(scope: Scope) -> str:
    route = scope.get("route")
    tags, name = getattr(route, "tags", None), getattr(route, "name", NAMELESS)
    return f"{tags[0] if tags else NAMELESS}-{name}"[:80]


def has_no_span(scope: MutableMapping[str, Any]) -> bool:
    """Whether a request gets no span, because its path or query, which a span would contain, may be about a
    person.
    """
    return not str(scope.get("path", "")).startswith("/v1/") or bool(scope.get("query_string"))


def without_path() -> None:
    """Remove the path from the span of the current request: it has ids, and arbitrary text if no route matched.

    The span keeps the route's template.
    """
    get_current_span().set_attribute("url.path", "REDACTED")


# Its logs would quote what was sent and the words of exceptions; in its spans of operations a refusal is an error.
TELEMETRY: TelemetryConfig = {"logs": False, "operation_spans": False, "exclude": has_no_span}
