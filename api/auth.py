"""Who asks: a bearer token, the administrator's from the environment or one kept as a hash in the database."""

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from api.context import Context, context_of
from api.problems import Problem
from lifecycle.desk.tokens import ROLES, holder_of
from lifecycle.records.engine import reading

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
    if credentials is not None:
        given = credentials.credentials
        if context.admin_token and hmac.compare_digest(given.encode(), context.admin_token.encode()):
            return Principal("admin", frozenset(ROLES))
        if (found := await run_in_threadpool(_holder, context, given)) is not None:
            return found
    raise Problem(
        401, "unauthorized", "A valid token is needed", "Send Authorization: Bearer with the service's token.",
        headers={"WWW-Authenticate": "Bearer"},
    )  # fmt: skip


def _holder(context: Context, token: str) -> Principal | None:
    with reading(context.engine) as conn:
        found = holder_of(conn, token)
    return Principal(found[0], frozenset(found[1])) if found else None


Caller = Annotated[Principal, Depends(principal)]
