"""What every answer says about keeping and showing it, and answers that the caller has already (RFC 9110, 13).

Answers of /v1 may hold somebody's data: no cache keeps them. No answer is taken for another type than it says.
"""

from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.request.deprecations import deprecated_in, headers_of

NO_SNIFFING, NO_STORE = "nosniff", "no-store"
DOCS = ("/docs", "/redoc")
DOCS_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Cautions:
    """Adds the headers where an answer has none of its own, and answers 304 where its tag is what the caller has.

    A tag is made from the content where there is no version that If-Match goes by.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
