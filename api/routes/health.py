"""/healthz, /readyz, /metrics: whether the process is running and ready, and its figures."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool

from api.access.roles import operation_of
from api.commands import response_of
from api.request.context import context_of
from api.request.metrics import exposition
from api.request.readiness import checks_of, is_fatal
from api.schemas.outputs import service as schemas
from lifecycle.commands.command import Outcome

router = APIRouter(tags=["health"], generate_unique_id_function=operation_of)


@router.get("/healthz", responses=schemas.HEALTH)
async def healthz() -> Response:
    """Answers if the process is running."""
    return response_of(Outcome({"status": "ok"}))


@router.get("/readyz", responses=schemas.READY)
async def readyz(request: Request) -> Response:
    """Returns whether this process can serve, and alarms for people; 503 with the reasons if it cannot."""
    checks = await run_in_threadpool(checks_of, context_of(request))
    ready = not any(is_fatal(check) for check in checks.values())
    response = response_of(Outcome({"status": "ready" if ready else "not ready", "checks": checks}))
    response.status_code = 200 if ready else 503
    return response


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Counts and states for Prometheus; nothing in them is about a person or a single contract."""
    measures = request.app.state.measures
    page = await run_in_threadpool(exposition, context_of(request), measures)
    return Response(page, media_type=CONTENT_TYPE_LATEST)
