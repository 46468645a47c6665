"""The visitor of a page: the session of the cookie, the language, and the checks of a submitted form."""

import hmac
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response
from python_multipart.multipart import parse_options_header
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from api.access.auth import administrator, allow, token_holder
from api.access.limits import confine_page, offered
from api.access.roles import Principal, may
from api.messages.catalogue import LANGUAGES, Language, languages
from api.problems import Problem
from api.request.context import Context, context_of
from api.request.request_limits import SESSION_COOKIE
from lifecycle.people.own_settings import DEFAULTS, OwnSettings, own_settings
from lifecycle.people.sessions import LASTS, session_of
from lifecycle.records.engine import reading
from lifecycle.records.people import looks

COOKIE, LANGUAGE_COOKIE = SESSION_COOKIE, "language"
_YEAR = 365 * 24 * 3600
MOST_FIELDS = 600  # five fields for each of the maximum number of chosen contracts, and a margin


class NotSignedIn(Exception):
    """The page is for those who have signed in."""


@dataclass(frozen=True, slots=True)
class PageSession:
    """The visitor of a page. who: None before signing in. secret: the cookie's. own: the visitor's settings."""

    who: Principal | None
    language: Language
    secret: str
    own: OwnSettings = DEFAULTS

    @property
    def principal(self) -> Principal:
        """Return the signed-in person. Raises NotSignedIn."""
        if self.who is None:
            raise NotSignedIn
        return self.who

    def may(self, operation: str) -> bool:
        """Whether the visitor's roles allow an operation of /v1; others are not offered."""
        return self.who is not None and may(self.who.grants, operation) and offered(self.who, operation)

    def need(self, operation: str) -> None:
        """Check that the visitor may call an operation. Raises NotSignedIn, Problem 403."""
        allow(self.principal, operation)

    @property
    def mark(self) -> str:
        """Identifies the person to the browser's drafts, without a name."""
        return sha256(f"drafts of {self.principal.name}".encode()).hexdigest()[:16]

    @property
    def csrf(self) -> str:
        """Derived from the cookie's secret, which no other site can read."""
        return hmac.new(self.secret.encode(), b"form", sha256).hexdigest()


async def page_session(request: Request) -> PageSession:
    """Return the visitor, signed in or not."""
    secret = request.cookies.get(COOKIE, "")
    who, own = await run_in_threadpool(visitor, context_of(request), secret) if secret else (None, DEFAULTS)
    if who is not None and who.sees_personal_data:
        looks(who.name)
    return PageSession(who, language_of(request, own), secret or secrets.token_urlsafe(32), own)


async def signed_in(request: Request, visit: Annotated[PageSession, Depends(page_session)]) -> PageSession:
    """Return a signed-in visitor with a role. Raises NotSignedIn, Problem 403, 429."""
    visit.need("waiting-list_waiting")  # open to every role: who has none sees nothing
    context_of(request).rate_limit.take(visit.principal.name)
    await confine_page(request, visit.principal)
    return visit


async def posted(
    request: Request, visit: Annotated[PageSession, Depends(page_session)]
) -> AsyncIterator[FormData]:
    """Return the submitted form. Raises Problem 403 for a form from another site, 422 if it is not UTF-8."""
    async with form_of(request, visit, files=1) as form:
        yield form


async def typed(request: Request, visit: Annotated[PageSession, Depends(page_session)]) -> AsyncIterator[FormData]:
    """Return the same, but a form from before the visitor signed in again is only previewed.

    Raises Problem 403 for a form from another site, 422 if it is not UTF-8.
    """
    async with form_of(request, visit, files=1, earlier=True) as form:
        yield form


def is_sent_from_here(request: Request) -> bool:
    """Whether a page of this service sent the form."""
    _, _, sent_by = request.headers.get("origin", "").partition("://")
    return sent_by == request.headers.get("host")


@asynccontextmanager
async def form_of(
    request: Request, visit: PageSession, *, files: int, earlier: bool = False
) -> AsyncIterator[FormData]:
    """Return the same with a maximum number of files. earlier: a form of an earlier session is only previewed."""
    _, form_options = parse_options_header(request.headers.get("content-type"))
    if form_options.get(b"charset", b"utf-8").lower() != b"utf-8":  # others can make half a sign
        raise Problem(422, "malformed", "Malformed input", "The form is not in UTF-8.")
    async with request.form(max_files=files, max_fields=MOST_FIELDS) as form:
        token = form.get("csrf")
        if not is_sent_from_here(request) or not isinstance(token, str):
            raise Problem(403, "foreign-form", "The form did not come from here", "Open the page again.")
        if request.cookies.get(COOKIE) and hmac.compare_digest(token.encode(), visit.csrf.encode()):
            yield form
        elif earlier and visit.who is not None:
            yield FormData([(name, "look" if name == "step" else value) for name, value in form.multi_items()])
        else:
            raise Problem(403, "foreign-form", "The form is too old", "Open the page again.")


def language_of(request: Request, own: OwnSettings) -> Language:
    """Return the visitor's language, else the browser's choice, else Japanese."""
    chosen = (own.language, request.cookies.get(LANGUAGE_COOKIE))
    return next((language for one in chosen for language in languages() if language == one), LANGUAGES[0])


def only_over_tls(request: Request) -> bool:
    """Whether a cookie is Secure: if this process or the proxy at the public address uses TLS."""
    public = context_of(request).public_url or ""
    return request.url.scheme == "https" or public.startswith("https:")


def keep_secret(request: Request, response: Response, secret: str) -> None:
    """Set the secret cookie: not for scripts or forms of other sites, only over TLS if there is TLS."""
    response.set_cookie(
        COOKIE, secret, max_age=int(LASTS.total_seconds()), httponly=True, samesite="lax",
        secure=only_over_tls(request),
    )  # fmt: skip


def keep_language(request: Request, response: Response, language: Language) -> None:
    """Store the language in a cookie for a year."""
    response.set_cookie(
        LANGUAGE_COOKIE, language, max_age=_YEAR, httponly=True, samesite="lax",
        secure=only_over_tls(request),
    )  # fmt: skip


def visitor(context: Context, secret: str) -> tuple[Principal | None, OwnSettings]:
    """Return the owner of a session's secret, None for no session, and their settings."""
    with reading(context.engine) as conn:
        who = _principal(context, conn, secret)
        return who, own_settings(conn, who.name) if who else DEFAULTS


def _principal(context: Context, conn: Connection, secret: str) -> Principal | None:
    found = session_of(conn, secret, context.wall())
    if found is None:
        return None
    token, name, roles = found
    if token is not None:
        return administrator(context, token) or token_holder(conn, token, context.wall())
    return Principal.of(name or "", frozenset(roles))


AnySession = Annotated[PageSession, Depends(page_session)]
SignedInSession = Annotated[PageSession, Depends(signed_in)]
PostedForm = Annotated[FormData, Depends(posted)]
TypedForm = Annotated[FormData, Depends(typed)]
