"""Hostile neighbours: response times of others during 2,000 unfinished requests, or with 50 greedy viewers.

`make bench ARGS=sockets` and `make bench ARGS=viewers`. One desk reads contracts and writes notes, alone and then
beside the others, who have a process of their own; the times are the desk's. One `lifecycle serve`.
"""

import resource
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import cycle

import httpx2
from sqlalchemy import Engine

from lifecycle.people.tokens import issue_token
from lifecycle.records.engine import writing
from lifecycle.timers.clock import open_sandbox
from tests.api.processes import UNBOUNDED, WITH_TOKEN, free_port
from tests.benchmarks import service
from tests.benchmarks.contracts import fill, id_of
from tests.benchmarks.peers import url_of
from tests.benchmarks.places import filled
from tests.benchmarks.report import Figure, Options, Wanted, percentile, progress

BOOK = 5000  # contracts
SOCKETS, VIEWERS = 2000, 50
NOW = datetime.fromisoformat("2026-01-15T00:00:00+09:00")  # between the notices and the ends
THINK = 0.01  # seconds of the desk
PATIENCE = 120.0  # seconds
SETTLED = 3.0  # seconds until the others are all there: their process takes one to start
SHORTEST = Wanted("<", 5)
UNFINISHED = (
    b"POST /v1/contracts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
)
GREEDY = (
    "/v1/due?until=2030-01-01T00:00:00%2B09:00&limit=100&cursor=4900",
    "/v1/audit/export",
    "/v1/audit/transitions?limit=500&cursor=9000",
    "/v1/contracts?limit=500&count=true",
)


def sockets(options: Options) -> Iterator[Figure]:
    """Requests whose body never ends, from a client without a token."""
    for kind in options.kinds:
        with filled(kind, _book) as copies, copies() as engine, _served(engine) as address:
            alone = _asked(address, options.seconds)
            with _unfinished(address):
                yield _figure(f"unfinished requests: {SOCKETS:,}", kind, _asked(address, options.seconds), alone)


def viewers(options: Options) -> Iterator[Figure]:
    """Viewers who ask for far pages, exports and long pages, without a pause."""
    for kind in options.kinds:
        with filled(kind, _book) as copies, copies() as engine:
            tokens = _tokens(engine)
            with _served(engine) as address:
                alone = _asked(address, options.seconds)
                words = ("-m", "tests.benchmarks.neighbours", address, *tokens)
                with service.process(*words):
                    time.sleep(SETTLED)
                    yield _figure(f"greedy viewers: {VIEWERS}", kind, _asked(address, options.seconds), alone)


def _book(engine: Engine) -> None:
    with writing(engine) as conn:
        open_sandbox(conn, NOW)
    fill(engine, BOOK, notified=True)


def _tokens(engine: Engine) -> list[str]:
    now = datetime.now().astimezone()
    with writing(engine) as conn:
        return [issue_token(conn, f"viewer-{n}", ["viewer", "auditor"], now) for n in range(VIEWERS)]


@contextmanager
def _served(engine: Engine) -> Iterator[str]:
    port = free_port()
    words = ("serve", "--sandbox", "--port", f"{port}", "--database-url", url_of(engine))
    address = f"http://127.0.0.1:{port}"
    with service.process("-m", "lifecycle.cli", *words, **UNBOUNDED, **WITH_TOKEN):
        service.until(lambda: _answers(address), PATIENCE)
        yield address


def _answers(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/healthz").status_code == 200
    except httpx2.TransportError:
        return False


def _asked(address: str, seconds: float) -> list[float]:
    """Milliseconds of the desk's requests, of which one in five writes. Raises AssertionError at a refusal."""
    found = []
    with httpx2.Client(base_url=address, headers=service.HEADERS, timeout=PATIENCE) as desk:
        end = time.monotonic() + seconds
        while time.monotonic() < end or len(found) < 2:
            path = f"/v1/contracts/{id_of(len(found) % 50)}"
            begun = time.perf_counter()
            answer = desk.get(path) if len(found) % 5 else desk.post(f"{path}/notes", json={"text": "x"})
            found.append(1000 * (time.perf_counter() - begun))
            assert answer.is_success, f"{answer.status_code}: {answer.text[:300]}"
            time.sleep(THINK)
    return found


def _figure(what: str, kind: str, beside: Sequence[float], alone: Sequence[float]) -> Figure:
    said = f"p99 of a desk beside {what}"
    p99 = percentile(beside, 99), percentile(alone, 99)
    return Figure(said, kind, len(beside), p99[0], "ms", "alone", p99[1], SHORTEST, of_ratio=True)


@contextmanager
def _unfinished(address: str) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, SOCKETS + 1000), hard))
    place = ("127.0.0.1", int(address.rpartition(":")[2]))
    try:
        with ExitStack() as stack:
            for _ in progress(range(SOCKETS), "sockets"):
                line = stack.enter_context(socket.create_connection(place, PATIENCE))
                line.sendall(UNFINISHED)
            time.sleep(SETTLED)
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def crowd(address: str, *tokens: str) -> None:
    """The viewers, until their process is ended; a refused one tries again a little later."""

    def greedy(number: int, token: str) -> None:
        with httpx2.Client(
            base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE
        ) as client:
            for path in cycle(GREEDY[number % len(GREEDY) :] + GREEDY[: number % len(GREEDY)]):
                if not client.get(path).is_success:
                    time.sleep(0.2)

    threads = [threading.Thread(target=greedy, args=one, daemon=True) for one in enumerate(tokens)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    crowd(*sys.argv[1:])
