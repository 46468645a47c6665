"""Converts a request to a command or a query, executes it in a thread, and converts its outcome to a response."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.access.limits import refuse_body
from api.access.roles import Principal, operation_of
from api.problems import problem_of
from api.request.context import context_of
from api.request.query import CommandOptions
from api.request.request_limits import caller_of
from api.request.request_log import route_of
from api.request.slow_lane import working
from lifecycle.commands.command import Command, Outcome
from lifecycle.commands.execute import execute
from lifecycle.commands.idempotency import REPLAYED, fingerprint
from lifecycle.errors import DomainError


async def respond(
    request: Request, caller: Principal, options: CommandOptions, body: BaseModel | None = None,
    *, subject_id: str | None = None, part: str | None = None, service: str | None = None,
    printed: bytes | None = None,
) -> Response:  # fmt: skip
    """Execute the command of a request to its operation's route. printed: the input of the fingerprint, if equal
    requests differ in their bytes; by default the body.
    """
    command = await command_of(
        request, caller, options, body, subject_id=subject_id, part=part, service=service, printed=printed
    )
    return response_of(await run_in_threadpool(execute, context_of(request), command))


async def command_of(
    request: Request, caller: Principal, options: CommandOptions, body: BaseModel | None,
    *, subject_id: str | None = None, part: str | None = None, service: str | None = None,
    printed: bytes | None = None,
) -> Command:  # fmt: skip
    """Build the command of a request. Raises OtherService."""
    operation = operation_of(request.scope["route"])
    refuse_body(caller, operation, body)
    return Command(
        operation=operation,
        actor=caller.name,
        path=request.scope["path"],
        subject_id=subject_id,
        part=part,
        service=service,
        body=body,
        expected=options.expected,
        key=options.key,
        fingerprint=await fingerprint_of(request, printed) if options.key is not None else "",
        dry_run=options.dry_run,
    )


async def fingerprint_of(request: Request, printed: bytes | None = None) -> str:
    """Return the SHA-256 of method, path, query and body, or of `printed` instead of the body."""
    query = sorted(request.query_params.multi_items()) if request.scope["query_string"] else []
    return fingerprint(
        request.method, request.scope["path"], query, await request.body() if printed is None else printed
    )


async def attempt(run: Callable[..., Outcome], *arguments: Any) -> Outcome | DomainError:
    """Execute and return the outcome, or the error that a person can understand."""
    try:
        return await run_in_threadpool(run, *arguments)
    except Exception as error:
        if (problem := problem_of(error)) is None:
            raise
        return problem


Question = Callable[[Connection, datetime], Outcome]


def response_of(outcome: Outcome) -> Response:
    """Convert an outcome to a response, with the version as ETag."""
    headers = {"Location": outcome.location, "ETag": outcome.etag}
    known = {name: value for name, value in headers.items() if value is not None}
    replayed = REPLAYED if outcome.replayed else {}
    return Response(outcome.body, outcome.status, {**known, **replayed}, media_type="application/json")


def page_of(items: Sequence[Any], limit: int | None, cursor: int | None) -> Outcome:
    """Return a page of a short list: at most `limit` items from an offset, None for all of them."""
    begin = cursor or 0
    end = len(items) if limit is None else begin + limit
    return Outcome({"items": list(items[begin:end]), "next": str(end) if end < len(items) else None})


async def read_only(request: Request, question: Question, *, figures: bool = False) -> Response:
    """Run a query in one read-only transaction; a slow query waits for its caller's turn. figures: no command
    decides on the answer, so a standby may answer.
    """
    context = context_of(request)
    asked = caller_of(request), route_of(request.scope)

    def run() -> Response:
        with working():
            now = context.clock()  # a sandbox's clock uses a separate connection: never hold two at the same time
            ask = context.figures if figures else context.ask
            return ask(lambda conn: response_of(question(conn, now)))

    async with context.slow_lane.question(asked):
        return await run_in_threadpool(run)
