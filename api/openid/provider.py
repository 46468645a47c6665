"""One OpenID Connect provider: the authorization code flow with PKCE (RFC 7636).

Authlib sends and verifies; this module decides what is accepted: one issuer, one audience, two algorithms, our
nonce. Loading it takes a while, so it is imported only if a provider is configured.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from ssl import SSLContext
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import httpx2
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet

from api.openid.sign_in import OpenId, SignedInPerson, SignInAttempt, granted, is_safe, log, refused
from api.openid.sign_out import ALGORITHMS, LEEWAY_S, logout_claims
from api.problems import Problem
from lifecycle.people.security_log import security_event
from lifecycle.people.tokens import PERSON, ROLES, split_grants

TIMEOUT_S = 5.0
KEPT_S, KEYS_KEPT_S = 3600.0, 300.0  # the provider's document; its keys, which it may withdraw
SOONEST_S = 10.0  # between two readings of its keys because of a key that is not known
LONGEST_NAME = 90
DISCOVERY = "/.well-known/openid-configuration"


class Provider:
    """The provider's metadata, read on demand and cached for an hour; its keys for minutes."""

    def __init__(self, settings: OpenId) -> None:
        self.settings = settings
        self._document: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._read_at = self._keys_at = -KEPT_S

    async def address(self, asking: SignInAttempt, *, anew: bool = False) -> str:
        """Return the address to which the browser is sent to sign in. anew: sign in even if a session exists
        there. Raises Problem 503.
        """
        document = await self._described()
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                document["authorization_endpoint"], state=asking.state, nonce=asking.nonce,
                code_verifier=asking.verifier, **({"prompt": "login"} if anew else {}),
            )  # fmt: skip
        return str(url)

    async def end_address(self) -> str | None:
        """Return the address for signing out at the provider (RP-Initiated Logout 1.0), None if it offers none.

        Raises Problem 503.
        """
        place = (await self._described()).get("end_session_endpoint")
        if not is_safe(place):
            return None
        mine = self.settings
        back = {"client_id": mine.client_id, "post_logout_redirect_uri": f"{mine.public_url}/sign-in"}
        back["state"] = "everywhere"  # comes back with the browser, so that the page can say so
        return f"{place}{'&' if '?' in str(place) else '?'}{urlencode(back)}"

    async def signed_out(self, token: str, now: datetime) -> str:
        """Return the person of a logout token (Back-Channel Logout 1.0, 2.6). Raises Problem."""
        if self.settings.name_claim != "sub":
            raise refused("people are named by another claim than sub, which a logout token does not hold")
        try:
            try:
                claims = logout_claims(token, await self._keys_of(), self.settings, now)
            except InvalidKeyIdError:
                claims = logout_claims(token, await self._keys_of(anew=True), self.settings, now)
        except Problem:
            raise
        except Exception as error:
            raise refused(f"the logout token: {type(error).__name__}") from None
        return PERSON + str(claims["sub"])

    async def person(self, code: str, asking: SignInAttempt, now: datetime) -> SignedInPerson:
        """Return the person who came back with a code. now: by the wall clock. Raises Problem 403, 503."""
        document = await self._described()
        try:
            async with self._client() as client:
                token = await client.fetch_token(
                    document["token_endpoint"], grant_type="authorization_code", code=code,
                    code_verifier=asking.verifier,
                )  # fmt: skip
        except OAuthError as error:
            raise refused(f"the provider gave no token: {str(error.error)[:40]!r}") from None
        except (httpx2.HTTPError, ValueError):
            raise _unreachable() from None
        claims = await self._checked(token, asking.nonce, now)
        if not split_grants(granted(claims, self.settings))[0] & set(ROLES):
            claims = {**await self._told(token, claims, document), **claims}
        return self._person(claims)

    async def _told(
        self, token: Mapping[str, Any], claims: Mapping[str, Any], document: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Return the claims of UserInfo (Core 1.0, 5.3): some providers return roles only there.

        Raises Problem.
        """
        place, access = document.get("userinfo_endpoint"), token.get("access_token")
        if not is_safe(place) or not isinstance(access, str):
            return {}
        found = await _fetched(str(place), {"Authorization": f"Bearer {access}"})
        if found.get("sub") != claims.get("sub"):
            raise refused("UserInfo is of somebody else")
        return found

    async def _checked(self, token: Mapping[str, Any], nonce: str, now: datetime) -> Mapping[str, Any]:
        try:
            keys = await self._keys_of()
            try:
                claims = self._claims(token, keys, nonce, now)
            except InvalidKeyIdError:
                claims = self._claims(token, await self._keys_of(anew=True), nonce, now)
        except Problem:
            raise
        except Exception as error:  # whatever a token may hold: it is not accepted
            raise refused(f"the token: {type(error).__name__} {getattr(error, 'claim', '')}") from None
        return claims

    def _claims(self, token: Mapping[str, Any], keys: KeySet, nonce: str, now: datetime) -> Mapping[str, Any]:
        """Return the claims of an ID token that is signed, for this service, current, and the answer to our
        request (3.1.3.7).
        """
        found = jwt.decode(token["id_token"], keys, algorithms=ALGORITHMS)
        if "crit" in found.header:  # lists extensions that a recipient must understand; we support none (RFC 7515)
            raise ValueError("crit")
        wanted = {"iss": self.settings.issuer, "aud": self.settings.client_id, "nonce": nonce}
        options = {name: {"essential": True, "value": value} for name, value in wanted.items()}
        params = {"nonce": nonce, "client_id": self.settings.client_id, "access_token": token.get("access_token")}
        claims = CodeIDToken(found.claims, found.header, options, params)
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
        return dict(claims)

    def _person(self, claims: Mapping[str, Any]) -> SignedInPerson:
        name = claims.get(self.settings.name_claim)
        if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise refused("the claim with the name")
        if self.settings.name_claim == "email" and claims.get("email_verified") is not True:
            raise refused("the address is not verified")
        grants = granted(claims, self.settings)
        if not split_grants(grants)[0] & set(ROLES):
            security_event("sign-in failed", PERSON + name, refused=True, by="OpenID Connect", why="no role")
            raise Problem(
                403, "no-role", "You have no role here", "Ask for one where your organisation's accounts are kept."
            )
        return SignedInPerson(PERSON + name, grants)

    async def _described(self) -> dict[str, Any]:
        """Return the provider's metadata (Discovery 1.0, 4). Raises Problem 503."""
        if monotonic() - self._read_at < KEPT_S:
            return self._document
        found = await _fetched(self.settings.issuer.rstrip("/") + DISCOVERY)
        places = [found.get(f"{name}_endpoint") for name in ("authorization", "token")] + [found.get("jwks_uri")]
        methods = found.get("code_challenge_methods_supported")
        if found.get("issuer") != self.settings.issuer or not all(is_safe(place) for place in places):
            raise _unreachable("its description is not that of the issuer, or names an address without TLS")
        if isinstance(methods, list) and "S256" not in methods:
            raise _unreachable("it does not take PKCE with S256")
        self._document, self._read_at, self._keys = found, monotonic(), None
        return found

    async def _keys_of(self, *, anew: bool = False) -> KeySet:
        """Return the provider's keys; read them again if a token names an unknown key, because providers rotate
        keys.
        """
        stale = monotonic() - self._keys_at >= (SOONEST_S if anew else KEYS_KEPT_S)
        if self._keys is None or stale:
            document = await self._described()
            self._keys = KeySet.import_key_set(await _fetched(document["jwks_uri"]))  # type: ignore[arg-type]
            self._keys_at = monotonic()
        return self._keys

    def _client(self) -> Any:
        mine = self.settings
        return AsyncOAuth2Client(
            mine.client_id, mine.client_secret, scope=mine.scope, redirect_uri=mine.return_url,
            code_challenge_method="S256", timeout=TIMEOUT_S, follow_redirects=False, verify=_tls(),
        )  # fmt: skip


@cache
def _tls() -> SSLContext:
    """Create the TLS context once: reading trusted certificates at each sign-in would block the event loop."""
    return httpx2.create_ssl_context()


async def _fetched(address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    try:
        async with httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, verify=_tls()) as client:
            answer = await client.get(address, headers=headers)
            answer.raise_for_status()
            found = answer.json()
    except (httpx2.HTTPError, ValueError):
        raise _unreachable() from None
    if not isinstance(found, dict):
        raise _unreachable("it does not answer with an object")
    return found


def _unreachable(why: str = "it does not answer") -> Problem:
    log.warning("the OpenID Connect provider cannot be used: %s; check it and its settings", why)
    return Problem(
        503, "provider", "The account service does not answer", "Try again shortly, or sign in with a token.",
        headers={"Retry-After": "10"},
    )  # fmt: skip
