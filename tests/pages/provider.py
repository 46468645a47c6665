"""An OpenID Connect provider on loopback: real keys, real codes, PKCE required. Tests can alter its tokens."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from tests.api.processes import free_port

CLIENT, SECRET = "lifecycle", "the provider's secret for the service"
Json = dict[str, Any]


@dataclass
class Provider:
    """What it does, and what it has seen. claims: twists a token's; signed: makes the token instead of `sign`."""

    address: str
    person: Json = field(default_factory=lambda: {"sub": "248289761001", "roles": ["order_desk", "unheard-of"]})
    rsa: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "r1", "use": "sig"}))
    ec: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "e1", "use": "sig"}))
    claims: Callable[[Json], Json] = lambda claims: claims
    signed: Callable[["Provider", Json], str] = lambda self, claims: self.sign(claims)
    document: Callable[[Json], Json] = lambda document: document
    told: Json = field(default_factory=lambda: {"sub": "248289761001"})
    asked: list[Json] = field(default_factory=list)
    codes: dict[str, Json] = field(default_factory=dict)

    def sign(self, claims: Json, key: Any = None, alg: str = "RS256") -> str:
        """A signed token."""
        key = key or self.rsa
        return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])

    def describe(self) -> Json:
        """The discovery document."""
        return self.document({
            "issuer": self.address, "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token", "jwks_uri": f"{self.address}/keys",
            "userinfo_endpoint": f"{self.address}/userinfo", "end_session_endpoint": f"{self.address}/end",
            "code_challenge_methods_supported": ["S256"],
        })  # fmt: skip

    def authorize(self, query: Json) -> Response:
        """Lets the person in at once."""
        self.asked.append(query)
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        sent = {"code": code, "state": query["state"], "iss": self.address}
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(sent)}", 303)

    def exchange(self, form: Json, authorization: str) -> Response:
        """A code for a token, once, to who has the verifier (RFC 7636, 4.6) and the secret."""
        given = self.codes.pop(form.get("code", ""), None)
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if given is None or authorization != expected or challenge != given.get("code_challenge"):
            return JSONResponse({"error": "invalid_grant"}, 400)
        at = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT, "iat": at, "exp": at + 300, "nonce": given["nonce"],
                  "at_hash": half_hash("an access token")} | self.person  # fmt: skip
        token = self.signed(self, self.claims(claims))
        return JSONResponse({"access_token": "an access token", "token_type": "Bearer", "id_token": token})


def half_hash(token: str) -> str:
    """The at_hash of an access token (Core 1.0, 3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()


def unsigned(provider: Provider, claims: Json) -> str:
    """A token whose header states that it is not signed."""
    return f"{_halves({'alg': 'none', 'typ': 'JWT'}, claims)}."


def by_public_key(provider: Provider, claims: Json) -> str:
    """A token signed with HMAC under the public key, which everybody has."""
    signed = _halves({"alg": "HS256", "kid": "r1"}, claims)
    mac = hmac.digest(provider.rsa.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{_encoded(mac)}"


def _halves(*parts: Json) -> str:
    return ".".join(_encoded(json.dumps(part).encode()) for part in parts)


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def application(provider: Provider) -> FastAPI:
    """The provider over HTTP."""
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    async def described() -> Json:
        return provider.describe()

    @app.get("/keys")
    async def keys() -> Any:
        return KeySet([provider.rsa, provider.ec]).as_dict(private=False)

    @app.get("/authorize")
    async def authorize(request: Request) -> Response:
        return provider.authorize(dict(request.query_params))

    @app.get("/userinfo")
    async def userinfo(request: Request) -> Any:
        assert request.headers["authorization"] == "Bearer an access token"
        return provider.told

    @app.post("/token")
    async def token(request: Request) -> Response:
        return provider.exchange(dict(await request.form()), request.headers.get("authorization", ""))

    return app


@contextmanager
def running() -> Iterator[Provider]:
    """A provider that answers while the block runs."""
    port = free_port()
    provider = Provider(f"http://127.0.0.1:{port}")
    server = uvicorn.Server(uvicorn.Config(application(provider), port=port, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield provider
    server.should_exit = True
    thread.join()
