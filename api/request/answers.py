"""Outcomes as HTTP, and questions that only read."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.request.context import context_of
from api.request.request_limits import caller_of
from api.request.slow_lane import working
from api.request.traced import route_of
from lifecycle.commands.command import Outcome
from lifecycle.commands.idempotency import REPLAYED

Question = Callable[[Connection, datetime], Outcome]


def response_of(outcome: Outcome) -> Response:
    """An outcome as a response: the version as ETag."""
    headers = {"Location": outcome.location, "ETag": outcome.etag}
    known = {name: value for name, value in headers.items() if value is not None}
    replayed = REPLAYED if outcome.replayed else {}
    return Response(outcome.body, outcome.status, {**known, **replayed}, media_type="application/json")


def page_of(items: Sequence[Any], limit: int | None, cursor: int | None) -> Outcome:
    """A page of a list that is short: from so many items on, at most `limit`, None for all of them."""
    begin = cursor or 0
    end = len(items) if limit is None else begin + limit
    return Outcome({"items": list(items[begin:end]), "next": str(end) if end < len(items) else None})


async def read_only(request: Request, question: Question, *, figures: bool = False) -> Response:
    """Answers a question in one transaction that only reads; one that takes long when it is its caller's turn.

    figures: no command decides on the answer, so a standby may give it.
    """
    context = context_of(request)
    asked = caller_of(request), route_of(request.scope)

    def run() -> Response:
        with working():
            now = context.clock()  # a sandbox's clock takes a connection of its own: never two at once
            ask = context.figures if figures else context.ask
            return ask(lambda conn: response_of(question(conn, now)))

    async with context.slow_lane.question(asked):
        return await run_in_threadpool(run)
