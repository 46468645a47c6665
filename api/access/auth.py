"""Authentication by bearer token: the administrator's token from the environment, or one stored as a hash in the
database. Every route that depends on `Caller` is checked against the roles of its operation, so no route can
forget the check.
"""

import hmac
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection

from api.access.limits import confine
from api.access.roles import PERMITTED, Principal, may, operation_of
from api.problems import Problem
from api.request.context import Context, context_of
from api.request.request_limits import address_of
from lifecycle.people.security_log import security_event
from lifecycle.people.tokens import ADMINISTRATOR, ROLES, TokenHolder, holders_of, token_hash
from lifecycle.records.engine import reading
from lifecycle.records.people import looks

MOST_SEEN = 10_000  # tokens


class CachedPrincipal(NamedTuple):
    """The owner of a token when it was last seen. hashed: the token's hash, None for the environment's token,
    which never changes.
    """

    hashed: str | None
    caller: Principal


class Bearer(HTTPBearer):
    """Authenticates a caller by its token."""

    async def __call__(self, request: Request) -> Principal:  # type: ignore[override]
        """Return the caller.

        Raises Problem 401 for a missing or wrong token, 403 if no role allows the operation, 429.
        """
        caller = await _bearer_of(request, await super().__call__(request))
        request.scope["rate"] = context_of(request).rate_limit.take(caller.name)
        allow(caller, operation_of(request.scope["route"]))
        await confine(request, caller)
        if caller.sees_personal_data:
            looks(caller.name)
        return caller


class RoleNotAllowed(Problem):
    """The caller's roles do not allow an operation. roles: those that do."""

    def __init__(self, roles: Set[str]) -> None:
        self.roles = sorted(roles)
        wanted = ", ".join(self.roles) or "no role at all"
        super().__init__(403, "forbidden", "Your role does not allow this", f"It is open to: {wanted}.")


def allow(caller: Principal, operation: str) -> None:
    """Return if the caller's roles allow the operation. Raises RoleNotAllowed."""
    if not may(caller.grants, operation):
        security_event("refused", caller.name, refused=True, operation=operation)
        raise RoleNotAllowed(PERMITTED.get(operation, frozenset()))


async def _bearer_of(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Principal:
    """Return the bearer token. A valid token works from any address, even after many failures from it."""
    context = context_of(request)
    if credentials is not None:
        hashed = token_hash(credentials.credentials)
        if (owner := administrator(context, hashed)) is not None:
            return owner
        found: Principal | None = await context.batching("tokens", _holders).ask(hashed)
        if found is not None:
            if len(context.seen) >= MOST_SEEN:
                context.seen.clear()
            context.seen[hashed] = found
            return found
    context.failed.take(address_of(request))
    security_event("sign-in failed", refused=True, by="token")
    raise Problem(
        401, "unauthorized", "A valid token is required", "Send Authorization: Bearer with a valid token.",
        headers={"WWW-Authenticate": "Bearer"},
    )  # fmt: skip


def cached_principal(request: Request) -> CachedPrincipal | None:
    """Return the owner of a token as it was when the token was last seen.

    None if the token is unknown, if its roles do not allow the operation, or if it is limited to a service. The
    cached owner grants nothing: the transaction that does the work checks it again (`revalidated`).
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        return None
    context, hashed = context_of(request), token_hash(token)
    if caller := administrator(context, hashed):
        return CachedPrincipal(None, caller)
    found: Principal | None = context.seen.get(hashed)
    if found is None or found.services or not may(found.grants, operation_of(request.scope["route"])):
        return None
    return CachedPrincipal(hashed, found)


def revalidated(conn: Connection, those: Set[CachedPrincipal], now: datetime) -> Set[CachedPrincipal]:
    """Return the cached principals that are still valid at the wall clock's now."""
    return still_valid(those, holders_of(conn, {one.hashed for one in those if one.hashed}, now))


def still_valid(those: Set[CachedPrincipal], holders: Mapping[str, TokenHolder]) -> Set[CachedPrincipal]:
    """Return the cached principals that are unchanged, given the current owners of their tokens."""
    return {one for one in those if not one.hashed or _principal(holders.get(one.hashed)) == one.caller}


def administrator(context: Context, hashed: str) -> Principal | None:
    """Return the administrator of the environment if the hash is that of its token."""
    if context.admin_token and hmac.compare_digest(hashed, token_hash(context.admin_token)):
        return Principal(ADMINISTRATOR, frozenset(ROLES))
    return None


def _holders(context: Context, hashes: Sequence[str]) -> list[Principal | None]:
    """Look up the owner of each token in a query that starts after the request arrived, so that a revocation is
    effective at once.
    """
    with reading(context.engine) as conn:
        found = holders_of(conn, set(hashes), context.wall())
    return [_principal(found.get(hashed)) for hashed in hashes]


def token_holder(conn: Connection, hashed: str, now: datetime) -> Principal | None:
    """Return the owner of the token with that hash at the wall clock's now, None if the token is not valid."""
    return _principal(holders_of(conn, {hashed}, now).get(hashed))


def _principal(holder: TokenHolder | None) -> Principal | None:
    return Principal.of(holder.name, holder.grants) if holder else None


_bearer = Bearer(scheme_name="HTTPBearer", auto_error=False, description="`Authorization: Bearer <token>`")
Caller = Annotated[Principal, Security(_bearer)]
