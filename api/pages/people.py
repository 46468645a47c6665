"""Sign-in with an organisation's account: to the provider and back."""

import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from api.openid.sign_in import SignedInPerson, SignInAttempt, refused
from api.pages.routing import ours, pages, see
from api.pages.session import keep_secret
from api.problems import Problem
from api.request.context import Context, context_of
from api.request.request_limits import address_of
from lifecycle.people.security_log import security_event
from lifecycle.people.sessions import ASKING_LASTS, begin_sign_in, end_sessions, end_sign_in, open_session
from lifecycle.records.engine import writing

if TYPE_CHECKING:
    from api.openid.provider import Provider

COOKIE, PATH = "openid", "/sign-in/openid"  # the cookie: the secret of the attempt, and where to go afterwards
LONGEST_NEXT = 1000
router = pages()


@router.get(PATH)
async def start_sign_in(request: Request) -> Response:
    """Send the browser to the provider. Only attempts that we started are accepted when it comes back."""
    context = context_of(request)
    provider = _provider(context)
    context.failed.take(f"asks {address_of(request)}")
    following = ours(request.query_params.get("next"))[:LONGEST_NEXT]

    def begin() -> str:
        with writing(context.engine) as conn:
            return begin_sign_in(conn, context.wall())

    secret = await run_in_threadpool(begin)
    anew = request.query_params.get("prompt") == "login"
    response = see(await provider.address(SignInAttempt(secret), anew=anew))
    response.set_cookie(
        COOKIE, f"{secret}.{quote(following, safe='')}", max_age=int(ASKING_LASTS.total_seconds()), path=PATH,
        httponly=True, samesite="lax", secure=provider.settings.return_url.startswith("https:"),
    )  # fmt: skip
    return response


@router.get(f"{PATH}/return")
async def come_back(request: Request) -> Response:
    """Open a session for the person whom the provider names. Each attempt is accepted once."""
    context = context_of(request)
    provider = _provider(context)
    secret, _, following = request.cookies.get(COOKIE, "").partition(".")
    asking, given = SignInAttempt(secret), request.query_params
    state, code, issuer = given.get("state", ""), given.get("code"), given.get("iss")
    if not secret or not hmac.compare_digest(state.encode(), asking.state.encode()):
        raise refused("the answer is to nothing that was asked here")
    if not await run_in_threadpool(_asked, context, secret):
        raise refused("the answer came too late, or twice")
    if issuer not in (None, provider.settings.issuer):  # RFC 9207
        raise refused("the answer is another issuer's")
    if code is None:
        raise refused("the provider let nobody in")
    found = await provider.person(code, asking, context.wall())
    security_event("signed in", found.name, by="OpenID Connect", roles=", ".join(sorted(found.grants)))
    response = see(ours(unquote(following)))
    keep_secret(request, response, await run_in_threadpool(_opened, context, found))
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="lax")
    return response


@router.get(f"{PATH}/end")
async def sign_out_there(request: Request) -> Response:
    """Redirect the browser to sign out at the provider too.

    A link, because a form may not lead to another site.
    """
    return see(await _provider(context_of(request)).end_address() or "/sign-in")


@router.post(f"{PATH}/signed-out")
async def signed_out_there(request: Request) -> Response:
    """End every session of a person who has signed out at the provider."""
    context = context_of(request)
    provider = _provider(context)
    headers = {"Cache-Control": "no-store"}
    async with request.form(max_files=0, max_fields=10) as form:
        token = str(form.get("logout_token") or "")
    try:
        name = await provider.signed_out(token, context.wall())
    except Problem as problem:
        if problem.status != 403:
            raise
        context.failed.take(address_of(request))
        return JSONResponse({"error": "invalid_request"}, 400, headers)

    def end() -> int:
        with writing(context.engine) as conn:
            return end_sessions(conn, name, "OpenID Connect", "signed out at the provider", context.wall())

    await run_in_threadpool(end)
    return Response(status_code=200, headers=headers)


def _provider(context: Context) -> "Provider":
    if context.openid is None:
        raise Problem(404, "unknown", "Not found", "There is no such page.")
    return context.openid


def _asked(context: Context, secret: str) -> bool:
    with writing(context.engine) as conn:
        return end_sign_in(conn, secret, context.wall())


def _opened(context: Context, found: SignedInPerson) -> str:
    with writing(context.engine) as conn:
        return open_session(conn, context.wall(), name=found.name, roles=sorted(found.grants))
