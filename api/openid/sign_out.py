"""The provider's message that a person has signed out there (OpenID Connect Back-Channel Logout 1.0)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet

from api.openid.sign_in import OpenId

ALGORITHMS = ("RS256", "ES256")
LEEWAY_S = 30
OLDEST_S = 600  # of a logout token
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def logout_claims(token: str, keys: KeySet, settings: OpenId, now: datetime) -> Mapping[str, Any]:
    """Return the claims of a logout token: signed, for this service, fresh, about a person.

    Raises ValueError, JoseError.
    """
    found = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
    claims, seconds = dict(found.claims), now.timestamp()
    audience = claims.get("aud")
    checks = {
        "crit": "crit" not in found.header,
        "iss": claims.get("iss") == settings.issuer,
        "aud": settings.client_id in (audience if isinstance(audience, list) else [audience]),
        "iat": _is_within(claims.get("iat"), seconds - OLDEST_S, seconds + LEEWAY_S),
        "exp": "exp" not in claims or _is_within(claims["exp"], seconds - LEEWAY_S, float("inf")),
        "events": isinstance(claims.get("events"), dict) and isinstance(claims["events"].get(EVENT), dict),
        "nonce": "nonce" not in claims,  # so that an ID token is not accepted as a logout token
        "sub": isinstance(claims.get("sub"), str) and bool(claims["sub"]),
    }
    if wrong := [name for name, fine in checks.items() if not fine]:
        raise ValueError(wrong[0])
    return claims


def _is_within(value: Any, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
