"""Applications over HTTP: those in order that wait at the same moment are received together, committed once.

Whatever is out of the ordinary (a dry run, a malformed body, a token not seen before) goes FastAPI's way instead,
alone and by the same models: that way says what is wrong.
"""

import json
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from sqlalchemy import Connection, Select, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.access.auth import CachedPrincipal, cached_principal, revalidated, still_valid
from api.imports.application import application_of, application_reply
from api.request.context import Context, context_of
from api.request.query import in_order
from api.schemas.inputs.contracts import ContractApplication
from api.transaction.idempotency import (
    TransactionRequest,
    answer_rows,
    first_answers,
    keys_free,
    locks_of,
    not_running_twice,
    transaction_request,
)
from api.transaction.transact import notify_clock, replayed_refusal
from lifecycle.commands import applications
from lifecycle.commands.context import CommandContext
from lifecycle.people.tokens import COLUMNS, holders_in
from lifecycle.records import tables
from lifecycle.records.any_of import given_ids, is_any_of
from lifecycle.records.bulk_insert import Condition
from lifecycle.records.compiled import undecoded
from lifecycle.records.engine import is_sqlite, writing


class WaitingApplication(NamedTuple):
    """An application that waits. presumed: whose token it came with."""

    asked: TransactionRequest
    application: applications.Application
    cached: CachedPrincipal

    @property
    def order(self) -> CommandContext:
        """Who applies, and when."""
        return CommandContext(self.asked.actor, self.asked.now)


class FastPathRoute(APIRoute):
    """The route that applications come by."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Receives in a lot what is in order; else as any other route."""
        general = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await _fast_path(request) or await general(request)

        return handle


async def _fast_path(request: Request) -> Response | None:
    found = cached_principal(request)
    if found is None or not in_order(request):
        return None
    try:
        body = ContractApplication.model_validate(json.loads(await request.body()))
    except (ValueError, RecursionError):
        return None
    context = context_of(request)
    context.rate_limit.take(found.caller.name)
    key = request.headers.get("Idempotency-Key")
    asked = await transaction_request(request, found.caller, dry_run=False, key=key)
    with not_running_twice(asked):
        job = WaitingApplication(asked, application_of(body), found)
        answer: Response | None = await context.batching("applications", receive_batch).ask(job)
    return answer


def receive_batch(context: Context, jobs: Sequence[WaitingApplication]) -> Sequence[Response | Exception | None]:
    """Receives a lot in one transaction. None: to be received alone, for so one that is bad spoils no other.

    All are presumed to be as nearly all are; where one is not, tokens, keys and references are looked up first.
    """
    for received in (_all_new, _looked_up):
        try:
            with writing(context.engine) as conn:
                answers = received(conn, jobs, context.wall())
        except (IntegrityError, _NotAllNew):
            continue
        except (OperationalError, PoolTimeout):
            raise
        except Exception:
            break
        notify_clock(context)
        return answers
    return [None] * len(jobs)


class _NotAllNew(Exception):
    """A token opens less than it did, a key is being worked on, or an application is refused.

    An earlier one of its key or reference would decide first.
    """


def _all_new(conn: Connection, jobs: Sequence[WaitingApplication], wall: datetime) -> Sequence[Response]:
    """A contract for each: that tokens hold and nobody works on the keys is asked in the statement that writes.

    That keys and references are new their unique indexes say (IntegrityError). Raises _NotAllNew.
    """
    found, book = applications.open_all(conn, [(job.application, job.order) for job in jobs], all_new=True)
    kept: list[tuple[TransactionRequest, Response]] = []
    for job, outcome in zip(jobs, found, strict=True):
        if isinstance(outcome, Exception):
            raise _NotAllNew
        kept.append((job.asked, application_reply(conn, job.application, outcome, job.asked.now).response()))
    those = {job.cached for job in jobs}
    hashes = given_ids(conn, [one.hashed for one in those if one.hashed])
    cached_too = Condition(_cached_principals(sqlite=is_sqlite(conn)), hashes | locks_of([one for one, _ in kept]))
    rows = book.write(conn, answer_rows(kept), only_if=cached_too)
    holders = holders_in([token for _, *token in rows if token[0]], conn.dialect, wall)
    if not rows[0][0] or still_valid(those, holders) != those:
        raise _NotAllNew
    return [answer for _, answer in kept]


@cache
def _cached_principals(*, sqlite: bool) -> Select[Any]:
    """Whether nobody works on the keys; beside it the tokens as they are."""
    keys, token = select(keys_free(sqlite=sqlite).label("is_so")).subquery(), tables.token
    both = keys.outerjoin(token, is_any_of(token.c.hash, sqlite=sqlite))
    return select(keys.c.is_so, *map(undecoded, COLUMNS)).select_from(both)


def _looked_up(
    conn: Connection, jobs: Sequence[WaitingApplication], wall: datetime
) -> Sequence[Response | Exception | None]:
    """Each as if it came alone: the first answer to its key, a contract, or why there is none."""
    true = revalidated(conn, {job.cached for job in jobs}, wall)
    mine = [job for job in jobs if job.cached in true]
    answers: dict[int, Response | Exception] = {**first_answers(conn, [job.asked for job in mine])}
    new = [(place, job) for place, job in enumerate(mine) if place not in answers]
    found, book = applications.open_all(conn, [(job.application, job.order) for _, job in new])
    kept: list[tuple[TransactionRequest, Response]] = []
    for (place, job), outcome in zip(new, found, strict=True):
        if isinstance(outcome, Exception):
            answer: Response | Exception = replayed_refusal(outcome, job.asked) or outcome
        else:
            answer = application_reply(conn, job.application, outcome, job.asked.now).response()
        answers[place] = answer
        if isinstance(answer, Response):
            kept.append((job.asked, answer))
    book.write(conn, answer_rows(kept))
    given = iter([answers[place] for place in range(len(mine))])
    return [next(given) if job.cached in true else None for job in jobs]
