"""/v1/audit: the global feed of transitions."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.access.auth import Caller
from api.access.contract_query import AskedService
from api.commands import read_only
from api.problems import Problem
from api.request.context import context_of
from api.request.query import After, Limit, LogPlace, cursor_of
from api.routes.routing import operations
from api.schemas.outputs import contracts as schemas
from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.consistency import prove_consistency
from lifecycle.audit.log import move_all_pending, read_log
from lifecycle.audit.seal import list_checkpoints as kept
from lifecycle.commands.command import Outcome
from lifecycle.queries.history import history_views
from lifecycle.terms.calendar import instant

router = operations("/v1/audit", "audit")
OldSize = Annotated[int, Query(ge=1, le=2**53, description="The number of rows of the smaller checkpoint.")]
NewSize = Annotated[
    int | None,
    Query(ge=1, le=2**53, description="The number of rows of the larger checkpoint; by default the newest."),
]


@router.get("/transitions", responses=schemas.FEED)
async def transitions(
    request: Request, caller: Caller, service: AskedService = None, limit: Limit = 100, cursor: LogPlace = None,
    after: After = None,
) -> Response:  # fmt: skip
    """Lists every transition of every contract and option once, with an index without gaps; a reader misses none.

    `cursor` is the index of the last row read. With `service` the indices of other services' rows are left out.
    """
    engine = context_of(request).engine
    place = cursor_of(cursor, after)

    def work(conn: Connection, now: datetime) -> Outcome:
        rows = read_log(conn, place, limit + 1, service=service)
        views = history_views(conn, rows[:limit])
        items = [{"index": row.idx} | view for row, view in zip(rows, views, strict=False)]
        return Outcome({"items": items, "next": str(items[-1]["index"]) if len(rows) > limit else None})

    await run_in_threadpool(move_all_pending, engine)
    return await read_only(request, work, figures=True)


@router.get("/checkpoints", responses=schemas.CHECKPOINTS)
async def checkpoints(
    request: Request, caller: Caller, limit: Limit = 100, cursor: LogPlace = None, after: After = None
) -> Response:
    """Lists every signed checkpoint of the log as a signed note (c2sp.org/tlog-checkpoint). `cursor` is a size."""
    place = cursor_of(cursor, after)

    def work(conn: Connection, now: datetime) -> Outcome:
        rows = kept(conn, place, limit + 1)
        items = [{"size": size, "note": note, "sealed_at": instant(at)} for size, note, at in rows[:limit]]
        return Outcome({"items": items, "next": str(items[-1]["size"]) if len(rows) > limit else None})

    return await read_only(request, work, figures=True)


@router.get("/consistency", responses=schemas.CONSISTENCY)
async def consistency(request: Request, caller: Caller, old: OldSize, size: NewSize = None) -> Response:
    """Returns a proof that the log of a checkpoint begins with the rows of a smaller one, for kept checkpoints."""

    def work(conn: Connection, now: datetime) -> Outcome:
        try:
            found, proof = prove_consistency(conn, old, size)
        except Unreadable as error:
            raise Problem(409, "not-sealed", "Not sealed", f"{error}.") from None
        return Outcome({"old_size": old, "size": found, "proof": proof})

    return await read_only(request, work)
