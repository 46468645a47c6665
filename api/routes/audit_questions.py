"""/v1/audit: the questions that auditors ask, each one request. They show no personal data."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Annotated, Any

from fastapi import Path, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.access.auth import Caller
from api.access.contract_query import AskedService
from api.commands import read_only
from api.request.query import NEXT, Cursor, Limit, LogPlace
from api.routes.routing import operations
from api.schemas.outputs import service as schemas
from lifecycle.commands.command import Outcome
from lifecycle.errors import Malformed
from lifecycle.machines.field_types import Instant, SearchTerm
from lifecycle.people.reads import ReadsAsked, find_reads
from lifecycle.queries import audit_trail
from lifecycle.queries import what_if as other_settings
from lifecycle.queries.as_known import as_known as belief
from lifecycle.queries.audit_trail import Ground, Span
from lifecycle.queries.history import history_views
from lifecycle.queries.named_subject import id_named
from lifecycle.queries.views.audit import Affected, PersonalRead, personal_read_view
from lifecycle.queries.views.fields import Answer
from lifecycle.queries.why import why as reasons
from lifecycle.records.mapping import Unknown, load, owner_of

LOOKED_AT = 2_000  # contracts ruled again in one request, and reads that are cut to a service
router = operations("/v1/audit", "audit")

SinceQuery = Annotated[Instant | None, Query(description="Recorded at this instant or later.")]
UntilQuery = Annotated[Instant | None, Query(description="Recorded before this instant.")]
RowId = Annotated[
    str | None,
    Query(
        pattern=r"^[a-z]_[0-9a-z]{26}\.[1-9][0-9]{0,8}$",
        description=NEXT,
        examples=["c_01g1793000mdgr1ppmy0ffgaq3.3"],
    ),
]
Actor = Annotated[SearchTerm, Query(description="The name, exactly as recorded.")]
ReadingQuery = Annotated[str, Query(pattern=r"^R[1-9][0-9]?$", examples=["R8"], description="A reading's number.")]
Word = Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,40}$")]


OfSubject = Annotated[
    str | None,
    Query(
        description="Only reads of this contract: its id or a reference.",
        examples=["c_01g1793000mdgr1ppmy0ffgaq3"],
        max_length=100,
    ),
]
ReadBy = Annotated[
    SearchTerm | None, Query(description="The name, exactly as recorded.", examples=["person:248289761001"])
]
FromQuery = Annotated[
    Instant | None,
    Query(alias="from", description="At this instant or later.", examples=["2026-05-01T00:00:00+09:00"]),
]
ToQuery = Annotated[
    Instant | None, Query(alias="to", description="Before this instant.", examples=["2026-06-01T00:00:00+09:00"])
]


HistorySubjectId = Annotated[
    str,
    Path(
        description="The id or the reference of a contract or an option.",
        examples=["c_01g1793000mdgr1ppmy0ffgaq3"],
    ),
]
OfContract = Annotated[
    str,
    Query(
        description="A contract by its id or a reference.",
        examples=["c_01g1793000mdgr1ppmy0ffgaq3"],
    ),
]


@router.get("/why/{subject_id}", responses=schemas.WHY)
async def why(request: Request, caller: Caller, subject_id: HistorySubjectId) -> Response:
    """Explains why a contract or an option ended on its day, or will end: rulings, causes, actors, facts."""

    def work(conn: Connection, now: datetime) -> Outcome:
        id_ = _named(conn, subject_id, "contract", "option")
        return Outcome(reasons(conn, load(conn, owner_of(conn, id_)), id_))

    return await read_only(request, work, figures=True)


@router.get("/believed", responses=schemas.BELIEVED)
async def believed(
    request: Request, caller: Caller, contract: OfContract,
    known_at: Annotated[Instant, Query(description="Only rows recorded up to this moment count.")],
    effective_at: Annotated[Instant | None, Query(description="The moment asked about; default known_at.")] = None,
    against_known_at: Annotated[Instant | None, Query(description="The second moment of the record.")] = None,
) -> Response:  # fmt: skip
    """Returns what was known at one moment about another; with `against_known_at` it compares two moments."""

    def work(conn: Connection, now: datetime) -> Outcome:
        id_ = _named(conn, contract, "contract")
        return Outcome(belief(conn, id_, known_at, effective_at or known_at, against_known_at))

    return await read_only(request, work, figures=True)


@router.get("/actions", responses=schemas.ACTIONS)
async def actions(
    request: Request, caller: Caller, actor: Actor, since: SinceQuery = None, until: UntilQuery = None,
    service: AskedService = None, limit: Limit = 100, cursor: RowId = None,
) -> Response:  # fmt: skip
    """Lists the acts of one actor in the order of recording; `clock` is the service itself."""

    def work(conn: Connection, now: datetime) -> Outcome:
        rows = audit_trail.actions(conn, actor, Span(since, until, cursor, service))
        return Outcome(_page(history_views(conn, rows), limit))

    return await read_only(request, work, figures=True)


@router.get("/late_entries", responses=schemas.LATE_ENTRIES)
async def late_entries(
    request: Request, caller: Caller, more_than_days: Annotated[int, Query(ge=0, le=20_000)] = 0,
    since: SinceQuery = None, until: UntilQuery = None, service: AskedService = None, limit: Limit = 100,
    cursor: RowId = None,
) -> Response:  # fmt: skip
    """Lists cancellation notices that were entered more than this number of days after their arrival (R7)."""

    def work(conn: Connection, now: datetime) -> Outcome:
        return Outcome(
            _page(audit_trail.late_entries(conn, more_than_days, Span(since, until, cursor, service)), limit)
        )

    return await read_only(request, work, figures=True)


@router.get("/late_firings", responses=schemas.LATE_FIRINGS)
async def late_firings(
    request: Request, caller: Caller, more_than_s: Annotated[int, Query(ge=0, le=2_000_000_000)] = 60,
    since: SinceQuery = None, until: UntilQuery = None, service: AskedService = None, limit: Limit = 100,
    cursor: RowId = None,
) -> Response:  # fmt: skip
    """Lists transitions of the clock that were recorded more than this number of seconds late (R16)."""

    def work(conn: Connection, now: datetime) -> Outcome:
        return Outcome(
            _page(audit_trail.late_firings(conn, more_than_s, Span(since, until, cursor, service)), limit)
        )

    return await read_only(request, work, figures=True)


@router.get("/reads", responses=schemas.READS)
async def reads(
    request: Request, caller: Caller, subject: OfSubject = None, actor: ReadBy = None, begin: FromQuery = None,
    end: ToQuery = None, service: AskedService = None, limit: Limit = 100, cursor: LogPlace = None,
) -> Response:  # fmt: skip
    """Lists who looked at or exported personal data, and of which contracts; kept for 400 days.

    With `service` a page covers a limited number of reads: it may have fewer items than `limit` and yet a `next`.
    """

    def work(conn: Connection, now: datetime) -> Outcome:
        of = _named(conn, subject, "contract") if subject is not None else None
        items: list[PersonalRead] = []
        last = None
        found = find_reads(conn, ReadsAsked(of, actor, begin, end, service), cursor)
        for looked_through, row in enumerate(found):
            if looked_through == LOOKED_AT or len(items) == limit:
                break
            items += [personal_read_view(row)] if row.names_anybody else []
            last = str(row.id)
        else:
            last = None
        return Outcome({"items": items, "next": last})

    return await read_only(request, work, figures=True)


@router.get("/rests_on", responses=schemas.RESTS_ON)
async def rests_on(
    request: Request, caller: Caller, ground: Ground = "choice", reading: ReadingQuery | None = None,
    since: SinceQuery = None, until: UntilQuery = None, service: AskedService = None, limit: Limit = 100,
    cursor: RowId = None,
) -> Response:  # fmt: skip
    """Lists decisions based on a `choice` of ours or on `assumed` terms; the first page has counts by reading."""

    def work(conn: Connection, now: datetime) -> Outcome:
        span = Span(since, until, cursor, service)
        counts = audit_trail.count_readings(conn, ground, span, reading) if cursor is None else None
        return Outcome({"counts": counts} | _page(audit_trail.rests_on(conn, ground, span, reading), limit))

    return await read_only(request, work, figures=True)


@router.get("/otherwise", responses=schemas.OTHERWISE)
async def otherwise(
    request: Request, caller: Caller, reading: ReadingQuery, value: Word = None, setting: Word = None,
    service: AskedService = None, limit: Limit = 100, cursor: Cursor = None,
) -> Response:  # fmt: skip
    """Lists the contracts that would change under another reading, with both values. Nothing is stored.

    A page covers a limited number of contracts: it may have fewer items than `limit` and still have a `next`.
    """
    try:
        settings = other_settings.decided(reading, value, setting)
    except other_settings.NoSuchSetting as error:
        raise Malformed([(f"/query/{error.name}", str(error))]) from None

    def work(conn: Connection, now: datetime) -> Outcome:
        looked_through, last = 0, None
        items: list[Affected] = []
        for contract_id, item in other_settings.what_if(conn, settings, now, cursor or "", service=service):
            if looked_through == LOOKED_AT or len(items) == limit:
                break
            looked_through, last = looked_through + 1, contract_id
            items += [item] if item else []
        else:
            last = None
        return Outcome({"settings": settings, "looked_through": looked_through, "items": items, "next": last})

    return await read_only(request, work, figures=True)


def _named(conn: Connection, text: str, *kinds: str) -> str:
    """Raises Unknown."""
    if (found := id_named(conn, text.replace("\0", ""), *kinds)) is None:
        raise Unknown(kinds[-1], text)
    return found


def _page(found: Iterator[Answer], limit: int) -> dict[str, Any]:
    items = list(islice(found, limit + 1))
    return {"items": items[:limit], "next": items[limit - 1]["id"] if len(items) > limit else None}
