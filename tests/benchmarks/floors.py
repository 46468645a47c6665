"""What a request costs that does nothing, or nothing but a durable transaction, on the same server."""

from typing import Any

from fastapi import FastAPI
from fastapi.responses import Response
from sqlalchemy import Engine
from starlette.types import ASGIApp, Receive, Scope, Send

from lifecycle.records.engine import is_sqlite

TABLE = "CREATE TABLE IF NOT EXISTS floor (said TEXT NOT NULL)"
SAID = "x" * 1000
ASYNC, DEF, RAW, BARE = "/floor/async", "/floor/def", "/floor/raw", "/bare"


def beside(app: FastAPI, engine: Engine) -> ASGIApp:
    """The service with an empty `async` and an empty `def` route behind its middleware, and a raw transaction.

    BARE is an empty `async` route of an application of its own, without any middleware.
    """
    mark = "?" if is_sqlite(engine) else "%s"

    async def empty() -> Response:
        return Response(b"{}")

    def threaded() -> Response:
        return Response(b"{}")

    def raw() -> Response:
        pooled = engine.raw_connection()
        driver: Any = pooled.driver_connection
        if mark == "?":
            driver.execute("BEGIN IMMEDIATE")
        driver.execute(f"INSERT INTO floor VALUES ({mark})", (SAID,))
        driver.commit()
        pooled.close()
        return Response(b"{}")

    for path, route in ((ASYNC, empty), (DEF, threaded), (RAW, raw)):
        app.add_api_route(path, route, methods=["POST"])
        app.router.routes.insert(0, app.router.routes.pop())  # found first: what is measured is not the search
    bare = FastAPI()
    bare.add_api_route(BARE, empty, methods=["POST"])

    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        await (bare if scope.get("path") == BARE else app)(scope, receive, send)

    return both
