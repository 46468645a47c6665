"""Batches of applications over HTTP: valid applications that wait at the same moment are stored in one
transaction. Any other request (a dry run, a malformed body, a token not seen before) takes FastAPI's ordinary
route alone, with the same models, and gets its error there.
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
from api.commands import command_of, response_of
from api.request.context import Context, context_of
from api.request.query import CommandOptions, in_order
from lifecycle.commands import applications
from lifecycle.commands.answers import application_answer
from lifecycle.commands.command import Command, CommandContext, Outcome
from lifecycle.commands.execute import notify_clock, refuse_wrong_clock
from lifecycle.commands.idempotency import (
    FirstAnswer,
    answer_rows,
    first_answers,
    is_replayed,
    keys_free,
    locks_of,
    not_running_twice,
)
from lifecycle.errors import DomainError
from lifecycle.history.store import store
from lifecycle.machines.events.apply_body import ContractApplicationBody
from lifecycle.people.tokens import COLUMNS, holders_in
from lifecycle.records import tables
from lifecycle.records.any_of import given_ids, is_any_of
from lifecycle.records.bulk_insert import Condition
from lifecycle.records.compiled import undecoded
from lifecycle.records.engine import is_sqlite, writing
from lifecycle.records.people import personal_of


class WaitingApplication(NamedTuple):
    """An application in the queue. now: the instant of its request. cached: the owner of its token."""

    command: Command
    now: datetime
    application: applications.Application
    cached: CachedPrincipal

    @property
    def context(self) -> CommandContext:
        """Return the context of its command."""
        return self.command.context(self.now)

    def answer(self, conn: Connection, received: applications.ReceivedApplication) -> Outcome:
        """Convert the contract to the answer."""
        dossier, new = received
        people = self.application.personal if new else personal_of(conn, dossier.contract.id)
        return application_answer(dossier, people, self.now, new=new)


BatchAnswer = Outcome | Exception | None  # None: process it alone


class FastPathRoute(APIRoute):
    """The route of applications."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Batches a valid request; handles any other like an ordinary route."""
        general = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await _fast_path(request) or await general(request)

        return handle


async def _fast_path(request: Request) -> Response | None:
    found = cached_principal(request)
    if found is None or not in_order(request):
        return None
    try:
        body = ContractApplicationBody.model_validate(json.loads(await request.body()))
    except (ValueError, RecursionError):
        return None
    context = context_of(request)
    request.scope["rate"] = context.rate_limit.take(found.caller.name)
    options = CommandOptions(dry_run=False, key=request.headers.get("Idempotency-Key"))
    command = await command_of(request, found.caller, options, body)
    with not_running_twice(context, command):
        job = WaitingApplication(command, context.clock(), applications.Application.of(body), found)
        outcome: Outcome | None = await context.batching("applications", receive_batch).ask(job)
    return None if outcome is None else response_of(outcome)


def receive_batch(context: Context, jobs: Sequence[WaitingApplication]) -> Sequence[BatchAnswer]:
    """Store a batch in one transaction.

    None: process it alone, so that one bad application does not affect the others. The batch assumes the usual
    case; if an assumption is wrong, tokens, keys and references are looked up first.
    """
    for received in (_all_new, _looked_up):
        try:
            with writing(context.engine) as conn:
                for job in jobs:
                    refuse_wrong_clock(context, conn, job.command)
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
    """A token has lost a right, a key is in use, or an application is refused: then an earlier application with
    the same key or reference decides.
    """


def _all_new(conn: Connection, jobs: Sequence[WaitingApplication], wall: datetime) -> Sequence[Outcome]:
    """Create a contract for each.

    The statement that writes them checks that the tokens are valid and that no key is in use; unique indexes check
    that keys and references are new (IntegrityError). Raises _NotAllNew.
    """
    found, steps = applications.open_all(conn, [(job.application, job.context) for job in jobs], all_new=True)
    answers: list[Outcome] = []
    for job, received in zip(jobs, found, strict=True):
        if isinstance(received, Exception):
            raise _NotAllNew
        answers.append(job.answer(conn, received))
    kept = [FirstAnswer(job.command, job.now, answer) for job, answer in zip(jobs, answers, strict=True)]
    those = {job.cached for job in jobs}
    hashes = given_ids(conn, [one.hashed for one in those if one.hashed])
    cached_too = Condition(
        _cached_principals(sqlite=is_sqlite(conn)), hashes | locks_of([job.command for job in jobs])
    )
    rows = store(conn, steps, answer_rows(kept), only_if=cached_too)
    holders = holders_in([token for _, *token in rows if token[0]], conn.dialect, wall)
    if not rows[0][0] or still_valid(those, holders) != those:
        raise _NotAllNew
    return answers


@cache
def _cached_principals(*, sqlite: bool) -> Select[Any]:
    """Return whether no key is in use, and the current owners of the tokens."""
    keys, token = select(keys_free(sqlite=sqlite).label("is_so")).subquery(), tables.token
    both = keys.outerjoin(token, is_any_of(token.c.hash, sqlite=sqlite))
    return select(keys.c.is_so, *map(undecoded, COLUMNS)).select_from(both)


def _looked_up(conn: Connection, jobs: Sequence[WaitingApplication], wall: datetime) -> Sequence[BatchAnswer]:
    """Process each as if it came alone: the stored answer to its key, a contract, or the error."""
    true = revalidated(conn, {job.cached for job in jobs}, wall)
    mine = [job for job in jobs if job.cached in true]
    answers: dict[int, Outcome | Exception] = {**first_answers(conn, [job.command for job in mine])}
    new = [(place, job) for place, job in enumerate(mine) if place not in answers]
    found, steps = applications.open_all(conn, [(job.application, job.context) for _, job in new])
    kept: list[FirstAnswer] = []
    for (place, job), received in zip(new, found, strict=True):
        answer = received if isinstance(received, Exception) else job.answer(conn, received)
        answers[place] = answer
        if isinstance(answer, Outcome) or (isinstance(answer, DomainError) and is_replayed(answer, job.command)):
            kept.append(FirstAnswer(job.command, job.now, answer))
    store(conn, steps, answer_rows(kept))
    given = iter([answers[place] for place in range(len(mine))])
    return [next(given) if job.cached in true else None for job in jobs]
