"""Idempotency keys: the first answer to a keyed request is kept in its own transaction and given again."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    CursorResult,
    bindparam,
    func,
    select,
    text,
    true,
)

from api.access.auth import Principal
from api.problems import Problem
from api.request.context import Context, context_of
from lifecycle.records import tables
from lifecycle.records.bulk_insert import RowSet, insert_row_sets
from lifecycle.records.engine import is_sqlite

ON_RESULT = "lifecycle.witness"  # in the scope, beside api.access.auth.SIGNED_IN; no client can set it
OnResult = Callable[[Connection, datetime, Any], None]  # what it raises undoes the work
_COLUMNS = ("actor", "key", "fingerprint", "status", "headers", "recorded_at", "body")
_PAIRS = "(idempotency.actor, idempotency.key) IN (SELECT {})"
_KEPT = select(tables.idempotency)
_KEPT_SQLITE = _KEPT.where(text(_PAIRS.format("value ->> 0, value ->> 1 FROM json_each(:pairs)")))
_KEPT_POSTGRES = _KEPT.where(text(_PAIRS.format("* FROM unnest(CAST(:actors AS text[]), CAST(:keys AS text[]))")))
KEPT_HEADERS = (b"content-type", b"location", b"etag")


@dataclass(frozen=True, slots=True)
class TransactionRequest:
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
    on_result: OnResult | None = None


async def transaction_request(
    request: Request, caller: Principal, *, dry_run: bool, key: str | None
) -> TransactionRequest:
    """What is asked; a dry run bears no key."""
    context, path = context_of(request), request.scope["path"]
    query = sorted(request.query_params.multi_items()) if request.scope["query_string"] else []
    what = orjson.dumps([request.method, path, query])
    fingerprint = hashlib.sha256(what + b"\n" + await request.body()).hexdigest()
    on_result = request.scope.get(ON_RESULT)
    return TransactionRequest(
        context, caller.name, context.clock(), dry_run, None if dry_run else key, fingerprint, path, on_result
    )


def first_answer(conn: Connection, asked: TransactionRequest) -> Response | None:
    """The answer that the key was given before, None where it is new. Raises Problem for another's key."""
    found = first_answers(conn, [asked]).get(0)
    if isinstance(found, Problem):
        raise found
    return found


def first_answers(conn: Connection, asked: Sequence[TransactionRequest]) -> dict[int, Response | Problem]:
    """For those whose key was given before, by their place: the answer that it was given, or what is wrong."""
    keyed = {place: one for place, one in enumerate(asked) if one.key is not None}
    if not keyed:
        return {}
    held = _held(conn, keyed)
    found: dict[int, Response | Problem] = {place: _still_running() for place in keyed if place not in held}
    rows = {(row.actor, row.key): row for row in _kept(conn, list(keyed.values()))}
    for place, one in keyed.items():
        if place not in found and (row := rows.get((one.actor, one.key))) is not None:
            found[place] = _answer_of(row, one)
    return found


def _kept(conn: Connection, asked: Sequence[TransactionRequest]) -> CursorResult[Any]:
    """What is kept of their keys: each is looked up in the index, however many are kept."""
    actors, keys = [one.actor for one in asked], [one.key for one in asked]
    if is_sqlite(conn):
        pairs = list(zip(actors, keys, strict=True))
        return conn.execute(_KEPT_SQLITE, {"pairs": orjson.dumps(pairs).decode()})
    return conn.execute(_KEPT_POSTGRES, {"actors": actors, "keys": keys})


def _answer_of(row: Any, asked: TransactionRequest) -> Response | Problem:
    if row.fingerprint == asked.fingerprint:
        return Response(row.body, row.status, row.headers | {"Idempotency-Replayed": "true"})
    return Problem(
        422, "key-reused", "The idempotency key belongs to another request",
        "The same key came before with another method, path, query or body.",
        errors=[{"pointer": "/header/Idempotency-Key", "detail": "belongs to another request"}],
    )  # fmt: skip


def _lock_of(asked: TransactionRequest) -> int:
    return int.from_bytes(hashlib.sha256(f"{asked.actor}\n{asked.key}".encode()).digest()[:8], signed=True)


def keys_free(*, sqlite: bool) -> ColumnElement[bool]:
    """Whether no other process works on any of the keys of `locks_of`; until the transaction ends none will."""
    if sqlite:  # one writes at a time
        return true()
    locks = func.unnest(bindparam("locks", type_=ARRAY(BigInteger))).column_valued("lock")
    return select(func.coalesce(func.bool_and(func.pg_try_advisory_xact_lock(locks)), true())).scalar_subquery()


def locks_of(asked: Sequence[TransactionRequest]) -> dict[str, Any]:
    """The locks of their keys, as the one parameter of `keys_free`."""
    return {"locks": [_lock_of(one) for one in asked if one.key is not None]}


def _held(conn: Connection, keyed: Mapping[int, TransactionRequest]) -> set[int]:
    """The places of those whose key could be locked until the transaction ends; on SQLite one writes at a time."""
    if is_sqlite(conn) or not keyed:
        return set(keyed)
    locks = {place: _lock_of(one) for place, one in keyed.items()}
    statement = "SELECT id, pg_try_advisory_xact_lock(id) FROM unnest(%s::bigint[]) AS id"
    taken = {row[0]: row[1] for row in conn.exec_driver_sql(statement, (list(locks.values()),))}
    return {place for place, lock in locks.items() if taken[lock]}


def store_answers(conn: Connection, kept: Sequence[tuple[TransactionRequest, Response]]) -> None:
    """Keeps the answers to keyed requests."""
    insert_row_sets(conn, [answer_rows(kept)])


def answer_rows(kept: Sequence[tuple[TransactionRequest, Response]]) -> RowSet:
    """The rows that keep the answers to keyed requests, in the order of their keys: two sets in two transactions
    never wait for each other crosswise.
    """
    rows = [
        (
            asked.actor, asked.key, asked.fingerprint, response.status_code,
            {name.decode(): value.decode() for name, value in response.raw_headers if name in KEPT_HEADERS},
            asked.now, bytes(response.body),
        )
        for asked, response in kept
        if asked.key is not None
    ]  # fmt: skip
    return RowSet(tables.idempotency, _COLUMNS, sorted(rows, key=itemgetter(0, 1)))


@contextmanager
def not_running_twice(asked: TransactionRequest) -> Iterator[None]:
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
