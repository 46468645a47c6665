"""Sign-in with a token or a link, sign-out, a person's own settings."""

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from api.access.auth import administrator, token_holder
from api.messages.catalogue import LANGUAGES, languages
from api.pages.layout import page
from api.pages.routing import ours, pages, see
from api.pages.session import (
    COOKIE,
    AnySession,
    PageSession,
    PostedForm,
    SignedInSession,
    keep_language,
    keep_secret,
    language_of,
    visitor,
)
from api.pages.sign_in_again import ask, unpacked
from api.request.context import Context, context_of
from api.request.request_limits import address_of
from lifecycle.people.own_settings import DENSITIES, ROWS, OwnSettings, keep_own_settings
from lifecycle.people.security_log import security_event
from lifecycle.people.sessions import close_session, open_session, use_link
from lifecycle.people.shown_pages import forget_pages
from lifecycle.people.tokens import PERSON, token_hash
from lifecycle.records.engine import writing

router = pages()


@router.get("/sign-in")
async def sign_in_page(request: Request, visit: AnySession) -> Response:
    """Ask for a token, or, if opened by a link, for a click: opening a link does not use it up."""
    asked = request.query_params
    return ask(request, visit, link=asked.get("link"), next=ours(asked.get("next")))


@router.post("/sign-in")
async def sign_in(request: Request, visit: AnySession, form: PostedForm) -> Response:
    """Open a session with a new secret; a person who was filling in a form returns to it."""
    token, link, following = (str(form.get(name) or "") for name in ("token", "link", "next"))
    draft = unpacked(ours(following), str(form.get("draft") or ""))
    secret = await run_in_threadpool(_opened, context_of(request), token.strip(), link)
    if secret is None:
        context_of(request).failed.take(address_of(request))
        failed = "link" if link else "token"
        security_event("sign-in failed", refused=True, by=f"page, {failed}")
        return ask(request, visit, status=403, next=ours(following), draft=draft, failed=failed)
    who, own = await run_in_threadpool(visitor, context_of(request), secret)
    security_event("signed in", who.name if who else None, by="page")
    session = PageSession(who, language_of(request, own), secret, own)
    if draft is not None and who is not None and draft.belongs_to(session.mark):
        response = page(request, session, "signed_in.html", draft=draft)
    else:
        response = see(ours(following))
    keep_secret(request, response, secret)
    return response


@router.get("/signed-in")
async def signed_in_page(request: Request, visit: SignedInSession) -> Response:
    """Tell the person, in a separate tab or the page that asked, that they have signed in."""
    return page(request, visit, "signed_in.html", draft=None)


@router.post("/sign-out")
async def sign_out(request: Request, visit: AnySession, form: PostedForm) -> Response:
    """End the session in the browser and in the database."""

    def close() -> None:
        with writing(context_of(request).engine) as conn:
            close_session(conn, visit.secret)
            forget_pages(conn, visit.secret)

    await run_in_threadpool(close)
    by_account = visit.who is not None and visit.who.name.startswith(PERSON)
    response = see("/sign-in?out=account" if by_account else "/sign-in?out=token")
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


@router.get("/language/{language}")
async def choose_language(request: Request, visit: AnySession, language: str) -> Response:
    """Store the language, for a signed-in person as their setting, and go back to the page."""
    chosen = next((known for known in languages() if known == language), LANGUAGES[0])
    response = see(ours(request.query_params.get("next")))
    keep_language(request, response, chosen)
    if visit.who is not None and visit.own.language != chosen:
        await run_in_threadpool(_keep, context_of(request), visit.who.name, visit.own._replace(language=chosen))
    return response


@router.get("/settings")
async def settings_page(request: Request, visit: SignedInSession) -> Response:
    """Show the visitor's settings of the pages."""
    done = "done" in request.query_params
    return page(request, visit, "settings.html", done=done, languages=languages(), rows=ROWS, densities=DENSITIES)


@router.post("/settings")
async def keep_settings(request: Request, visit: SignedInSession, form: PostedForm) -> Response:
    """Store the known settings, and use them for the pages from now on."""
    language = next((one for one in languages() if one == form.get("language")), visit.language)
    rows = next((one for one in ROWS if str(one) == form.get("rows")), visit.own.rows)
    density = next((one for one in DENSITIES if one == form.get("density")), visit.own.density)
    chosen = OwnSettings(language, rows, density)
    await run_in_threadpool(_keep, context_of(request), visit.principal.name, chosen)
    response = see("/settings?done")
    keep_language(request, response, language)
    return response


def _keep(context: Context, name: str, settings: OwnSettings) -> None:
    with writing(context.engine) as conn:
        keep_own_settings(conn, name, settings)


def _opened(context: Context, token: str, link: str) -> str | None:
    with writing(context.engine) as conn:
        if link:
            return use_link(conn, link, context.wall())
        hashed = token_hash(token)
        if token and (administrator(context, hashed) or token_holder(conn, hashed, context.wall())):
            return open_session(conn, context.wall(), token=token)
    return None
