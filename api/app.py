"""The application: routers, problems, the OpenAPI document."""

from typing import Any

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from api import problems
from api.document.complete import completed
from api.pages import routers, unknown
from api.request.answers import HeadAsGet, ResponseHeaders
from api.request.bodies import BodyLimit
from api.request.context import Context
from api.request.request_log import TELEMETRY, RequestLog, RequestMetrics
from api.request.timeouts import Timeouts
from api.routes import (
    approvals,
    audit,
    audit_files,
    audit_questions,
    clock,
    contracts,
    corrections,
    erasing,
    events,
    files,
    health,
    imports,
    mail,
    money,
    notes,
    options,
    outages,
    parts,
    running,
    sessions,
    statements,
    terms,
    tiles,
    tokens,
    waiting,
    webhooks,
)  # fmt: skip
from lifecycle import __version__

DESCRIPTION = """
Contracts of a video delivery service from application to termination, under its terms of service.
Every date, amount and refusal names its article and its reading (`rulings`).
""".strip()


ROUTERS = (  # matched in this order: the most frequent routes come first
    contracts.router, events.CONTRACTS, files.router, erasing.router, corrections.router,
    notes.router, notes.files, options.router, events.OPTIONS, parts.router, events.PARTS, money.router,
    statements.router, outages.router, clock.router, waiting.router, running.router, terms.router, audit.router,
    audit_questions.router, audit_files.router, tiles.router, imports.router,
    tokens.router, sessions.router, approvals.router, webhooks.router, mail.router,
)  # fmt: skip


def create_app(context: Context) -> ASGIApp:
    """The ASGI application for a context."""
    app = FastAPIOffline(
        title="Contract lifecycle",
        version=__version__,
        description=DESCRIPTION,
        telemetry=TELEMETRY,
    )
    app.state.context, app.state.measures = context, RequestMetrics()
    problems.install(app)
    for router in (*ROUTERS, health.router, *routers.ROUTERS):
        app.routes.extend(router.routes)  # an included router would be matched twice for each request
    app.mount("/static", StaticFiles(packages=[("api.pages", "static")]), name="static")
    app.routes.extend(unknown.router.routes)
    _with_document(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Timeouts, bounds=context.bounds)
    app.add_middleware(ResponseHeaders, sandbox=context.sandbox)
    app.add_middleware(HeadAsGet)
    app.add_middleware(RequestLog, measures=app.state.measures)
    return app


def create_small_app(context: Context) -> ASGIApp:
    """Build an application that serves only /healthz, /readyz and /metrics."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, telemetry=TELEMETRY)
    app.state.context, app.state.measures = context, RequestMetrics()
    app.include_router(health.router)
    return app


def _with_document(app: FastAPI) -> None:
    """Completes the OpenAPI document, once."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _share_schemas(app)
            app.openapi_schema = completed(generate())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _share_schemas(app: FastAPI) -> None:
    """Build the schema of each view once, not once for each route that answers it."""
    by_view: dict[Any, Any] = {}
    for route in app.routes:
        for field in getattr(route, "response_fields", {}).values():
            field._type_adapter = by_view.setdefault(field.field_info.annotation, field._type_adapter)
