"""Withdrawn keys are accepted for minutes only, tokens with unknown demands never; cookies need TLS."""

import asyncio
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from api.openid import provider
from api.openid.provider import Provider
from api.openid.sign_in import OpenId
from api.request.context import Context
from scheduler.clock import system_clock
from tests.api.desk import TOKEN, InContext, application, served
from tests.lending import Lent

SETTINGS = OpenId("https://accounts.example.com", "desk", "https://desk.example.com")


def test_keys_are_read_again_after_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    at, read = 10_000.0, []

    async def fetched(address: str) -> dict[str, Any]:
        read.append(address)
        if address.endswith("/keys"):
            return {"keys": [RSAKey.generate_key(2048, {"kid": f"{len(read)}"}).as_dict(private=False)]}
        places = ("authorization_endpoint", "token_endpoint")
        return {"issuer": SETTINGS.issuer, "jwks_uri": f"{SETTINGS.issuer}/keys"} | {
            name: f"{SETTINGS.issuer}/{name}" for name in places
        }

    monkeypatch.setattr(provider, "_fetched", fetched)
    monkeypatch.setattr(provider, "monotonic", lambda: at)
    found = Provider(SETTINGS)
    first = asyncio.run(found._keys_of())
    at += 299
    assert asyncio.run(found._keys_of()) is first
    at += 2
    assert asyncio.run(found._keys_of()) is not first


def test_a_token_with_a_critical_header_is_not_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    key = RSAKey.generate_key(2048, {"kid": "k"})
    signed = jwt.encode({"alg": "RS256", "kid": "k"}, {"sub": "x"}, key)
    decode = jwt.decode

    def with_crit(*given: Any, **more: Any) -> Any:
        token = decode(*given, **more)
        token.header["crit"] = ["http://example.com/unheard-of"]
        return token

    monkeypatch.setattr(provider.jwt, "decode", with_crit)
    with pytest.raises(ValueError, match="crit"):
        Provider(SETTINGS)._claims({"id_token": signed}, KeySet([key]), "nonce", system_clock())


@pytest.fixture(scope="module")
def document() -> Any:
    """The OpenAPI document."""
    return application(False).openapi()


@pytest.mark.parametrize(("public", "secure"), [("https://desk.example.com", True), (None, False)])
def test_cookies_require_tls_only_if_the_public_address_has_it(
    public: str | None, secure: bool, sqlite_lent: Lent, document: Any
) -> None:
    context = Context(sqlite_lent.engine, system_clock, TOKEN, public_url=public)
    with served(InContext(context), document, sandbox=False) as client:
        for path in ("/sign-in", "/language/en"):
            assert ("Secure" in client.get(path).headers["set-cookie"]) is secure
