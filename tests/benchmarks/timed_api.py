"""`lifecycle api` with a stopwatch: `python -m tests.benchmarks.timed_api URL PORT LOG`.

For each request a line in LOG: when it came, by the wall clock; how many milliseconds the application took from
the first byte it was handed to the last it gave back; the status; the path. A load generator's own waits are not
in it. What was noted is written out by a request for /healthz. Beside the service it answers the empty requests
and the bare transaction of tests/benchmarks/floors.py.
"""

import sys
import time
from pathlib import Path
from typing import IO
from unittest.mock import patch

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from api import serving
from api.request.context import Context
from lifecycle.cli import app
from lifecycle.records.engine import open_engine
from tests.benchmarks import floors


class Stopwatch:
    """Times every request of an application."""

    def __init__(self, app: ASGIApp, log: IO[str]) -> None:
        self.app, self.log = app, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on and notes how long it took."""
        if scope["type"] != "http" or scope["path"] == "/healthz":
            self.log.flush()
            await self.app(scope, receive, send)
            return
        at, begun, status = time.time(), time.perf_counter(), 0

        async def seen(message: dict[str, object]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(str(message["status"]))
            await send(message)

        await self.app(scope, receive, seen)  # type: ignore[arg-type]
        self.log.write(f"{at} {1000 * (time.perf_counter() - begun)} {status} {scope['path']}\n")


def main(url: str, port: str, log: str) -> None:
    """Serves until a signal ends it."""
    create_app, engine = serving.create_app, open_engine(url)

    def timed(context: Context) -> ASGIApp:
        made = create_app(context)
        assert isinstance(made, FastAPI)
        return Stopwatch(floors.beside(made, engine), file)

    with Path(log).open("w") as file, patch.object(serving, "create_app", timed):
        app(["api", "--database-url", url, "--port", port])


if __name__ == "__main__":
    main(*sys.argv[1:])
