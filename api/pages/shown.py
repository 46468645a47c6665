"""A page that answers a form has its own address: "back", "forward" and "reload" show it and send nothing.

The page is stored encrypted with the secret of the browser's cookie; the address contains only a random key.
Scripts request the answer itself.
"""

import hmac
import secrets
import zlib
from hashlib import sha256

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.pages.layout import HEADERS
from api.pages.session import page_session
from api.request.context import context_of
from lifecycle.people.shown_pages import keep_page, kept_page
from lifecycle.records.engine import reading, writing
from lifecycle.records.people import note_read, reads_so_far

SHOWN = "shown"  # the key's place in an address
_LARGEST = 2_000_000  # bytes that are kept of a page
_NONCE = bytes(12)  # each key encrypts only once


async def redirect_to_shown_page(request: Request, response: Response) -> Response:
    """Redirect to the stored page if a browser sent a form and a page answers it; otherwise return it."""
    goes_there = "text/html" in request.headers.get("accept", "")
    if request.method != "POST" or not goes_there or not isinstance(response, HTMLResponse):
        return response
    visit = await page_session(request)
    if visit.who is None or "set-cookie" in response.headers or len(response.body) > _LARGEST:
        return response
    key, context = secrets.token_urlsafe(24), context_of(request)
    head = orjson.dumps([response.status_code, reads_so_far()])
    sealed = _cipher(visit.secret, key).encrypt(
        _NONCE, zlib.compress(head + b"\n" + bytes(response.body), 1), None
    )

    def keep() -> None:
        with writing(context.engine) as conn:
            keep_page(conn, key, visit.secret, sealed, context.wall())

    await run_in_threadpool(keep)
    return RedirectResponse(f"{request.url.path}?{SHOWN}={key}", 303)


async def shown_before(request: Request) -> Response | None:
    """Return the stored page of an address, None if nothing is stored for this browser."""
    key = request.query_params.get(SHOWN) if request.method == "GET" else None
    visit = await page_session(request) if key else None
    if not key or visit is None or visit.who is None:
        return None
    context = context_of(request)

    def find() -> bytes | None:
        with reading(context.engine) as conn:
            return kept_page(conn, key, context.wall())

    sealed = await run_in_threadpool(find)
    try:
        opened = _cipher(visit.secret, key).decrypt(_NONCE, sealed or b"", None)
    except InvalidTag:
        return None
    head, _, body = zlib.decompress(opened).partition(b"\n")
    status, ids = orjson.loads(head)
    note_read(ids)
    return HTMLResponse(body, status, headers=dict(HEADERS))


def _cipher(secret: str, key: str) -> AESGCM:
    return AESGCM(hmac.new(secret.encode(), key.encode(), sha256).digest())
