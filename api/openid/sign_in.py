"""Sign-in by OpenID Connect (Core 1.0): settings, the state of a sign-in, and its roles."""

import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from api.problems import Problem
from lifecycle.people.security_log import security_event
from lifecycle.people.tokens import is_grant

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenId:
    """Settings. public_url: of the pages. roles: the GRANTS for each value of the roles claim. roles_claim: its
    name, or a dotted path. name_claim: the claim for a person's name in the history.
    """

    issuer: str
    client_id: str
    public_url: str
    client_secret: str | None = None
    scope: str = "openid"
    roles_claim: str = "roles"
    name_claim: str = "sub"
    roles: Mapping[str, frozenset[str]] | None = None

    @property
    def return_url(self) -> str:
        """The redirect address, registered at the provider."""
        return f"{self.public_url}/sign-in/openid/return"


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """The state of one sign-in; all of it is derived from a secret that only the browser has."""

    secret: str

    @property
    def state(self) -> str:
        """Returned by the browser."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """Returned in the signed token."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """Sent from here to the provider, never through the browser."""
        return self._derived("verifier")

    def _derived(self, what: str) -> str:
        return hmac.new(self.secret.encode(), what.encode(), sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class SignedInPerson:
    """A person who has signed in. name: their name in the history; grants: of GRANTS, at least one role."""

    name: str
    grants: frozenset[str]


def granted(claims: Mapping[str, Any], settings: OpenId) -> frozenset[str]:
    """Return the grants of the roles claim; unlisted values grant nothing."""
    value: Any = claims.get(settings.roles_claim)
    if value is None:
        value = claims
        for part in settings.roles_claim.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    named = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    texts = [one for one in named if isinstance(one, str)]
    if settings.roles is None:
        return frozenset(one for one in texts if is_grant(one))
    return frozenset[str]().union(*(settings.roles.get(one, frozenset()) for one in texts))


def is_safe(address: Any) -> bool:
    """Whether an address uses TLS or stays on this machine."""
    try:
        parts = urlsplit(address if isinstance(address, str) else "")
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


LOOPBACK = ("127.0.0.1", "::1", "localhost")


def refused(why: str) -> Problem:
    """Return the error for a refused sign-in. why: only for the log, without personal data."""
    log.warning("a sign-in by OpenID Connect was refused: %s; the person can start again", why)
    security_event("sign-in failed", refused=True, by="OpenID Connect", why=why)
    return Problem(403, "sign-in-refused", "The sign-in was not accepted", "Start again from the sign-in page.")
