"""One request, one transaction: command, idempotency key and answer are committed together, or not at all.

A dry run is the same road with a rollback at its end.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool

from api.access.auth import Principal
from api.problems import Problem, problem_of
from api.request.context import Context, context_of
from api.transaction.idempotency import (
    TransactionRequest,
    first_answer,
    not_running_twice,
    store_answers,
    transaction_request,
)
from lifecycle.queries.views import Answer
from lifecycle.records.engine import reading

RETRIES = 3
DONE = (200, 201)  # a proposal for a second person, 202, has changed nothing yet
REPLAYED_REFUSALS = ("not-possible", "refused", "duplicate")  # refusals that a keyed request gets again
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to be sent: status, content, headers."""

    content: Answer
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """As HTTP."""
        return Response(orjson.dumps(self.content), self.status, self.headers, media_type="application/json")


Work = Callable[[Connection, datetime], Reply]


async def transact(
    request: Request, caller: Principal, work: Work, *, dry_run: bool = False, key: str | None = None
) -> Response:
    """Runs a command's work in one transaction and answers.

    work: takes the connection and the instant of the request. Raises the domain's errors, after a rollback.
    """
    asked = await transaction_request(request, caller, dry_run=dry_run, key=key)
    with not_running_twice(asked):
        return await run_in_threadpool(in_own_transaction, asked, work)


async def read_only(request: Request, work: Work) -> Response:
    """Runs a reading work in one transaction and answers."""
    context = context_of(request)

    def run() -> Response:
        now = context.clock()  # a sandbox's clock takes a connection of its own: never two at once
        with reading(context.engine) as conn:
            return work(conn, now).response()

    return await run_in_threadpool(run)


def in_own_transaction(asked: TransactionRequest, work: Work) -> Response:
    """Runs a work in a transaction of its own and tells the clock of it."""
    for attempt in range(RETRIES):
        try:
            response = _once(asked, work)
            break
        except IntegrityError:  # two at once for one reference or one key: the second look decides
            if attempt == RETRIES - 1:
                raise Problem(503, "overtaken", "Try again", "Somebody else was quicker.",
                              headers={"Retry-After": "1"}) from None  # fmt: skip
    if not asked.dry_run:
        notify_clock(asked.context)
    return response


def notify_clock(context: Context) -> None:
    """Tells that timers may have changed. What is committed stays so, whatever comes of it: a sweep is the net."""
    try:
        context.after_commit()
    except Exception:
        log.exception("the clock could not be told of a commit")


def _once(asked: TransactionRequest, work: Work) -> Response:
    with asked.context.engine.connect() as conn:
        transaction = conn.begin()
        try:
            if (stored := first_answer(conn, asked)) is not None:
                return stored
            response = _work(conn, asked, work)
            if asked.on_result is not None and response.status_code in DONE:
                asked.on_result(conn, asked.now, orjson.loads(bytes(response.body)))
        except BaseException:
            transaction.rollback()
            raise
        if asked.dry_run:
            transaction.rollback()
        else:
            transaction.commit()
        return response


def _work(conn: Connection, asked: TransactionRequest, work: Work) -> Response:
    """The work's answer; a keyed request's refusal is an answer too, and undoes the work alone."""
    if asked.key is None:
        return work(conn, asked.now).response()
    savepoint = conn.begin_nested()
    try:
        response = work(conn, asked.now).response()
        savepoint.commit()
    except Exception as error:
        savepoint.rollback()
        if (kept := replayed_refusal(error, asked)) is None:
            raise
        response = kept
    store_answers(conn, [(asked, response)])
    return response


def replayed_refusal(error: Exception, asked: TransactionRequest) -> Response | None:
    """A refusal that a keyed request gets again, as its answer; None for any other error."""
    problem = problem_of(error) if asked.key is not None else None
    if problem is None or problem.kind not in REPLAYED_REFUSALS:
        return None
    return Response(
        problem.body(asked.path), problem.status, problem.headers, media_type="application/problem+json"
    )
