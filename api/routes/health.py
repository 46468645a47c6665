"""/healthz, /readyz, /metrics: whether the process is running and ready, and its figures."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from api.access.auth import operation_of
from api.request.answers import response_of
from api.request.context import Context, context_of
from api.request.metrics import exposition
from api.schemas.outputs import service as schemas
from lifecycle.audit.standing import SealingStatus, sealing_status
from lifecycle.commands.command import Outcome
from lifecycle.records.engine import reading
from lifecycle.records.migrate import is_current
from lifecycle.timers.clock import oldest_due, parked_count, read_clock
from lifecycle.timers.fuse import tripped

router = APIRouter(tags=["health"], generate_unique_id_function=operation_of)
BEHIND = timedelta(minutes=1)  # that clocks of several machines may differ
SEALED_WITHIN = timedelta(seconds=60)  # what is promised; twice that is an alarm
Checks = dict[str, dict[str, bool | str]]


@router.get("/healthz", responses=schemas.HEALTH)
async def healthz() -> Response:
    """Answers if the process is running."""
    return response_of(Outcome({"status": "ok"}))


@router.get("/readyz", responses=schemas.READY)
async def readyz(request: Request) -> Response:
    """Checks database, migrations, clock, last sweep, oldest overdue transition and fuse; 503 with the reasons."""
    checks = await run_in_threadpool(_checks, context_of(request))
    ready = all(check["ok"] for check in checks.values())
    response = response_of(Outcome({"status": "ready" if ready else "not ready", "checks": checks}))
    response.status_code = 200 if ready else 503
    return response


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Counts and states for Prometheus; nothing in them is about a person or a single contract."""
    measures = request.app.state.measures
    page = await run_in_threadpool(exposition, context_of(request), measures)
    return Response(page, media_type=CONTENT_TYPE_LATEST)


def _checks(context: Context) -> Checks:
    now = context.clock()
    try:
        current = is_current(context.engine)
        if not current:
            return {"migrations": _check(False, "not at the newest revision: run lifecycle migrate")}
        with reading(context.engine) as conn:
            state, due_at, parked, out = read_clock(conn), oldest_due(conn), parked_count(conn), tripped(conn)
            seals = sealing_status(conn)
    except SQLAlchemyError as error:
        return {"database": _check(False, f"no answer: {type(error).__name__}")}
    grace = timedelta(seconds=2 * context.sweep_interval_s)
    overdue = max(now - due_at, timedelta(0)) if due_at is not None else timedelta(0)
    return {
        "database": _check(True, "answers"),
        "migrations": _check(True, "at the newest revision"),
        "clock": _in_step(state.high_water_mark, now),
        "last_sweep": _swept(context, state.heartbeat_at, now, grace),
        "oldest_overdue": _check(overdue <= grace, f"{overdue.total_seconds():.0f} s"),
        "parked": _check(True, f"{parked} waiting"),
        "fuse": _check(out is None, "whole" if out is None else f"ends wait for a person: {out.reason}"),
        "sealing": _sealing(context, seals, now),
    }


def _in_step(mark: datetime | None, now: datetime) -> dict[str, bool | str]:
    """Whether this process's clock is not far behind what sweeps have recorded already."""
    behind = mark - now if mark is not None else timedelta()
    if behind <= BEHIND:
        return _check(True, "in step with the sweeps")
    return _check(False, f"{behind.total_seconds():.0f} s behind what sweeps have recorded")


def _swept(
    context: Context, heartbeat_at: datetime | None, now: datetime, grace: timedelta
) -> dict[str, bool | str]:
    if context.sandbox:
        return _check(True, "a sandbox sweeps when its time is moved")
    if heartbeat_at is None:
        return _check(False, "no sweep yet")
    age = now - heartbeat_at
    return _check(age <= grace, f"{age.total_seconds():.0f} s ago, every {context.sweep_interval_s:.0f} s")


def _sealing(context: Context, seals: SealingStatus, now: datetime) -> dict[str, bool | str]:
    if seals.refused:
        return _check(False, seals.refused)
    behind = f"{seals.logged - seals.signed} of {seals.logged} rows not signed"
    behind += "; more wait for the log" if seals.waiting_since else ""
    if seals.unposted:
        behind += f"; not posted, {seals.unposted}"
    if context.sandbox or seals.sealed_at is None:
        return _check(True, behind)
    age, waits = now - seals.sealed_at, now - (seals.waiting_since or now)
    if waits > 2 * SEALED_WITHIN:
        behind += f"; the oldest not in the log waits for {waits.total_seconds():.0f} s"
    return _check(max(age, waits) <= 2 * SEALED_WITHIN, f"{behind}; {age.total_seconds():.0f} s ago")


def _check(ok: bool, detail: str) -> dict[str, bool | str]:
    return {"ok": ok, "detail": detail}
