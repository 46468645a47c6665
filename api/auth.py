"""Who asks: a bearer token, the administrator's from the environment or one kept as a hash in the database."""

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.context import Context, context_of
from api.problems import Problem
from lifecycle.desk.tokens import ROLES, holder_by_hash, token_hash
from lifecycle.records.engine import reading

SIGNED_IN = "lifecycle.principal"  # in the scope of what the pages ask within the process; no client can set it
_bearer = HTTPBearer(auto_error=False, description="`Authorization: Bearer <token>`")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. name: written as the actor of the history. roles: what they may do."""

    name: str
    roles: frozenset[str]


async def principal(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Principal:
    """The caller. Raises Problem 401 for no or a wrong token."""
    context = context_of(request)
    known: Principal | None = request.scope.get(SIGNED_IN)
    if known is not None:
        return known
    if credentials is not None:
        hashed = token_hash(credentials.credentials)
        if found := administrator(context, hashed) or await run_in_threadpool(_holder, context, hashed):
            return found
    raise Problem(
        401, "unauthorized", "A valid token is needed", "Send Authorization: Bearer with the service's token.",
        headers={"WWW-Authenticate": "Bearer"},
    )  # fmt: skip


def administrator(context: Context, hashed: str) -> Principal | None:
    """The administrator of the environment, where the hash is that of its token."""
    if context.admin_token and hmac.compare_digest(hashed, token_hash(context.admin_token)):
        return Principal("admin", frozenset(ROLES))
    return None


def _holder(context: Context, hashed: str) -> Principal | None:
    with reading(context.engine) as conn:
        return token_holder(conn, hashed)


def token_holder(conn: Connection, hashed: str) -> Principal | None:
    """Who holds the token of that hash, None where there is none."""
    found = holder_by_hash(conn, hashed)
    return Principal(found[0], frozenset(found[1])) if found else None


Caller = Annotated[Principal, Depends(principal)]
