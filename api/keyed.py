"""Idempotency keys: the first answer to a keyed request is kept in its own transaction and given again."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection, insert, select

from api.auth import Principal
from api.context import Context, context_of
from api.problems import Problem
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite

WITNESS = "lifecycle.witness"  # in the scope, beside api.auth.SIGNED_IN; no client can set it
Witness = Callable[[Connection, datetime, Any], None]  # what it raises undoes the work
KEPT_HEADERS = ("content-type", "location", "etag")


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request concerns the transaction. key and fingerprint: of a keyed request.

    witness: of what the pages ask within the process; told of the answer before the transaction ends.
    """

    context: Context
    actor: str
    now: datetime
    dry_run: bool
    key: str | None
    fingerprint: str
    path: str
    witness: Witness | None = None


async def asked_of(request: Request, caller: Principal, *, dry_run: bool, key: str | None) -> Asked:
    """What is asked; a dry run bears no key."""
    context, path = context_of(request), request.url.path
    what = orjson.dumps([request.method, path, sorted(request.query_params.multi_items())])
    fingerprint = hashlib.sha256(what + b"\n" + await request.body()).hexdigest()
    witness = request.scope.get(WITNESS)
    return Asked(
        context, caller.name, context.clock(), dry_run, None if dry_run else key, fingerprint, path, witness
    )


def first_answer(conn: Connection, asked: Asked) -> Response | None:
    """The answer that the key was given before, None where it is new. Raises Problem for another's key."""
    if asked.key is None:
        return None
    if not is_sqlite(conn):
        lock = int.from_bytes(hashlib.sha256(f"{asked.actor}\n{asked.key}".encode()).digest()[:8], signed=True)
        if not conn.exec_driver_sql("SELECT pg_try_advisory_xact_lock(%s)", (lock,)).scalar_one():
            raise _still_running()
    table = tables.idempotency.c
    statement = select(tables.idempotency).where(table.actor == asked.actor, table.key == asked.key)
    row = conn.execute(statement).one_or_none()
    if row is None:
        return None
    if row.fingerprint != asked.fingerprint:
        raise Problem(
            422, "key-reused", "The idempotency key belongs to another request",
            "The same key came before with another method, path, query or body.",
            errors=[{"pointer": "/header/Idempotency-Key", "detail": "belongs to another request"}],
        )  # fmt: skip
    return Response(row.body, row.status, row.headers | {"Idempotency-Replayed": "true"})


def keep(conn: Connection, asked: Asked, response: Response) -> None:
    """Keeps the answer to a keyed request."""
    if asked.key is None:
        return
    conn.execute(
        insert(tables.idempotency),
        {
            "actor": asked.actor,
            "key": asked.key,
            "fingerprint": asked.fingerprint,
            "status": response.status_code,
            "headers": {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers},
            "body": bytes(response.body).decode(),
            "recorded_at": asked.now,
        },
    )


@contextmanager
def not_running_twice(asked: Asked) -> Iterator[None]:
    """A key that is being worked on in this process is answered 409 at once."""
    if asked.key is None:
        yield
        return
    running, mine = asked.context.running_keys, (asked.actor, asked.key)
    if mine in running:
        raise _still_running()
    running.add(mine)
    try:
        yield
    finally:
        running.discard(mine)


def _still_running() -> Problem:
    return Problem(
        409, "still-running", "The first request is still running",
        "A request with the same idempotency key is being worked on.", headers={"Retry-After": "1"},
    )  # fmt: skip
