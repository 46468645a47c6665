"""What every answer says beside its content: how it may be kept and shown, what is old, that this is a sandbox.

Answers of /v1 may contain personal data: no cache stores them. No answer is interpreted as another type. One
that the caller has already is 304 (RFC 9110, 13). To a request with an old name it says so: `Deprecation` since
when (RFC 9745), `Sunset` when it goes (RFC 8594), `Link` where it is explained. HEAD is answered wherever GET is.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from hashlib import sha256
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NO_SNIFFING, NO_STORE = "nosniff", "no-store"
DOCS = ("/docs", "/redoc")
DOCS_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Deprecated(NamedTuple):
    """An old name of a parameter. routes: where it works; instead: the new name; since, until: as announced."""

    parameter: str
    routes: frozenset[str]
    instead: str
    since: date
    until: date


DEPRECATED = (
    Deprecated(
        "after",
        frozenset({"/v1/audit/transitions", "/v1/audit/checkpoints", "/v1/webhooks/{webhook_id}/undelivered"}),
        "cursor",
        date(2026, 12, 1),
        date(2027, 12, 1),
    ),
)
EXPLAINED = '</docs>; rel="deprecation"; type="text/html"'


def deprecated_in(scope: Scope) -> Deprecated | None:
    """What a request uses that is deprecated."""
    query: bytes = scope["query_string"]
    if not query:
        return None
    route = getattr(scope.get("route"), "path", None)
    names = {pair.partition(b"=")[0].decode("latin-1") for pair in query.split(b"&")}
    return next((one for one in DEPRECATED if route in one.routes and one.parameter in names), None)


def headers_of(one: Deprecated) -> Iterator[tuple[str, str]]:
    """The headers that say so."""
    yield "Deprecation", f"@{int(_start(one.since).timestamp())}"
    yield "Sunset", format_datetime(_start(one.until), usegmt=True)
    yield "Link", EXPLAINED


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


class ResponseHeaders:
    """Adds the headers where an answer has none of its own, and answers 304 where its tag is what the caller has.

    A tag is made from the content where there is no version that If-Match goes by. sandbox: whether this is one.
    """

    def __init__(self, app: ASGIApp, sandbox: bool) -> None:
        self.app, self.sandbox = app, sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on; an answer that comes in one piece is looked at."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        looked_up = scope["method"] in ("GET", "HEAD") and path.startswith("/v1/")
        held: Message | None = None

        async def cautious(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if self.sandbox:
                    headers["X-Lifecycle-Sandbox"] = "true"
                _add(headers, path)
                if (left := scope.get("rate")) is not None:
                    for name, value in left.headers.items():
                        headers.setdefault(name, value)
                if (old := deprecated_in(scope)) is not None:
                    for name, value in headers_of(old):
                        headers.append(name, value)
                if looked_up and message["status"] == 200:
                    held = message
                    return
            elif held is not None:
                start, held = held, None
                if not message.get("more_body", False):
                    start, message = _tagged(scope, start, message)
                await send(start)
            await send(message)

        await self.app(scope, receive, cautious)


def _add(headers: MutableHeaders, path: str) -> None:
    headers.setdefault("X-Content-Type-Options", NO_SNIFFING)
    if path.startswith("/v1/"):
        headers.setdefault("Cache-Control", NO_STORE)
    if path.startswith(DOCS):
        headers.setdefault("Content-Security-Policy", DOCS_POLICY)


def _tagged(scope: Scope, start: Message, body: Message) -> tuple[Message, Message]:
    headers = MutableHeaders(scope=start)
    tag = headers.get("etag") or f'W/"{sha256(body.get("body", b"")).hexdigest()[:32]}"'
    headers["ETag"] = tag
    asked = Headers(scope=scope).get("if-none-match", "")
    known = [one.strip().removeprefix("W/") for one in asked.split(",")]  # weakly, as on the way a tag may become
    if tag.removeprefix("W/") not in known and "*" not in known:
        return start, body
    kept = [pair for pair in start["headers"] if pair[0].lower() not in (b"content-length", b"content-type")]
    return {**start, "status": 304, "headers": kept}, {**body, "body": b""}


class HeadAsGet:
    """Has a HEAD answered as the GET of its address, and leaves the body out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything else on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        over = False

        async def without_body(message: Message) -> None:
            nonlocal over
            if message["type"] == "http.response.body":
                if over:
                    return
                over, message = True, {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        scope["method"] = "GET"
        try:
            await self.app(scope, receive, without_body)
        finally:
            scope["method"] = "HEAD"
