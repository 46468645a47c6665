"""One request, one transaction: command, idempotency key and answer are committed together, or not at all.

A dry run is the same road with a rollback at its end.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool

from api.auth import Principal
from api.context import Context, context_of
from api.problems import Problem, problem_of
from lifecycle.desk.view import Answer
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite, reading

RETRIES = 3
KEPT = ("not-possible", "refused", "duplicate")  # refusals that a keyed request gets again


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to be sent: status, content, headers."""

    content: Answer
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """As HTTP."""
        return Response(orjson.dumps(self.content), self.status, self.headers, media_type="application/json")


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request concerns the transaction. key and fingerprint: of a keyed request."""

    context: Context
    actor: str
    now: datetime
    dry_run: bool
    key: str | None
    fingerprint: str
    path: str


Work = Callable[[Connection, datetime], Reply]


async def transact(
    request: Request, caller: Principal, work: Work, *, dry_run: bool = False, key: str | None = None
) -> Response:
    """Runs a command's work in one transaction and answers.

    work: takes the connection and the instant of the request. Raises the domain's errors, after a rollback.
    """
    context = context_of(request)
    query = sorted(request.query_params.multi_items())
    body = await request.body()
    fingerprint = hashlib.sha256(
        orjson.dumps([request.method, request.url.path, query]) + b"\n" + body
    ).hexdigest()
    asked = Asked(
        context, caller.name, context.clock(), dry_run, None if dry_run else key, fingerprint, request.url.path
    )
    return await run_in_threadpool(_run, asked, work)


async def look(request: Request, work: Work) -> Response:
    """Runs a reading work in one transaction and answers."""
    context = context_of(request)

    def run() -> Response:
        now = context.clock()  # a sandbox's clock takes a connection of its own: never two at once
        with reading(context.engine) as conn:
            return work(conn, now).response()

    return await run_in_threadpool(run)


def _run(asked: Asked, work: Work) -> Response:
    with _not_running_twice(asked):
        for attempt in range(RETRIES):
            try:
                response = _once(asked, work)
                break
            except IntegrityError:  # two at once for one reference or one key: the second look decides
                if attempt == RETRIES - 1:
                    raise Problem(503, "overtaken", "Try again", "Somebody else was quicker.",
                                  headers={"Retry-After": "1"}) from None  # fmt: skip
    if not asked.dry_run:
        asked.context.after_commit()
    return response


def _once(asked: Asked, work: Work) -> Response:
    with asked.context.engine.connect() as conn:
        transaction = conn.begin()
        try:
            if (stored := _first_answer(conn, asked)) is not None:
                return stored
            response = _work(conn, asked, work)
        except BaseException:
            transaction.rollback()
            raise
        if asked.dry_run:
            transaction.rollback()
        else:
            transaction.commit()
        return response


def _work(conn: Connection, asked: Asked, work: Work) -> Response:
    """The work's answer; a keyed request's refusal is an answer too, and undoes the work alone."""
    if asked.key is None:
        return work(conn, asked.now).response()
    savepoint = conn.begin_nested()
    try:
        response = work(conn, asked.now).response()
        savepoint.commit()
    except Exception as error:
        savepoint.rollback()
        problem = problem_of(error)
        if problem is None or problem.kind not in KEPT:
            raise
        response = Response(
            problem.body(asked.path), problem.status, problem.headers, media_type="application/problem+json"
        )
    _keep(conn, asked, response)
    return response


def _first_answer(conn: Connection, asked: Asked) -> Response | None:
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


def _keep(conn: Connection, asked: Asked, response: Response) -> None:
    names = ("content-type", "location", "etag")
    conn.execute(
        insert(tables.idempotency),
        {
            "actor": asked.actor,
            "key": asked.key,
            "fingerprint": asked.fingerprint,
            "status": response.status_code,
            "headers": {name: response.headers[name] for name in names if name in response.headers},
            "body": bytes(response.body).decode(),
            "recorded_at": asked.now,
        },
    )


@contextmanager
def _not_running_twice(asked: Asked) -> Iterator[None]:
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
