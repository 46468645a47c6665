"""Several desks at once over HTTP: notices, each on a contract of its own; two API processes on PostgreSQL.

While they work the server is asked every few milliseconds what its connections wait for. Waits for a lock of
a row, a transaction or an advisory one between different contracts would show as `Lock`.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
from sqlalchemy import Engine, text

from lifecycle.records.engine import reading
from tests.benchmarks.contracts import copy_patterns, id_of, patterns
from tests.benchmarks.peers import url_of
from tests.benchmarks.places import filled
from tests.benchmarks.report import Figure, Options, Result, Wanted, percentile, progress
from tests.benchmarks.service import Desks, apis

ROOM = 60_000
WAITING = (
    "SELECT wait_event_type, wait_event FROM pg_stat_activity "
    "WHERE backend_type = 'client backend' AND state = 'active' AND pid <> pg_backend_pid()"
)
UNGRANTED = "SELECT locktype, mode FROM pg_locks WHERE NOT granted"


def run(options: Options) -> Iterator[Result | Figure]:
    """One desk compared with many, run by run."""
    if "postgresql" not in options.kinds:
        return
    many: list[float] = []
    one: list[float] = []
    late: list[float] = []
    waits: Counter[str] = Counter()
    looks = 0
    with filled("postgresql", lambda engine: copy_patterns(engine, patterns(notified=False), ROOM)) as copies:
        for _ in progress(range(options.repeats), "clients"):
            with copies() as engine, TemporaryDirectory() as folder:
                per_second, ms, seen, asked = _once(engine, Path(folder), options.clients, options.seconds)
                many.append(per_second)
                late += ms
                waits += seen
                looks += asked
            with copies() as engine, TemporaryDirectory() as folder:
                one.append(_once(engine, Path(folder), 1, options.seconds / 2)[0])
    yield Result(f"notices of {options.clients} desks", "postgresql", len(late), many, one, "one desk")
    yield Figure("p99 of the same", "postgresql", len(late), percentile(late, 99), "ms")
    of_locks = {what: number for what, number in waits.items() if what.startswith("Lock")}
    said = (
        ", ".join(f"{what} {number}" for what, number in (waits.most_common(3) + list(of_locks.items()))) or "none"
    )
    yield Figure(
        f"waits for locks in {looks:,} looks (all waits: {said})", "postgresql", looks, sum(of_locks.values()), "",
        wanted=Wanted("≤", 0),
    )  # fmt: skip


def _once(
    engine: Engine, folder: Path, clients: int, seconds: float, processes: int = 2
) -> tuple[float, list[float], Counter[str], int]:
    """Requests per second, their milliseconds on the server, what connections waited for, and how often asked."""

    def ask(client: httpx2.Client, number: int) -> httpx2.Response:
        return client.post(f"/v1/contracts/{id_of(number)}/notify_cancellation", json={})

    waits: Counter[str] = Counter()
    looks = 0
    stop = threading.Event()

    def look() -> None:
        nonlocal looks
        with reading(engine) as conn:
            while not stop.wait(0.005):
                waits.update(f"{row[0]}:{row[1]}" for row in conn.execute(text(WAITING)) if row[0])
                waits.update(f"Lock:{row[0]} ungranted" for row in conn.execute(text(UNGRANTED)))
                conn.execute(text("SELECT pg_stat_clear_snapshot()"))
                looks += 1

    with apis(url_of(engine), processes, folder) as started:
        with Desks([api.address for api in started], clients, ask) as desks:
            time.sleep(1)
            looker = threading.Thread(target=look)
            looker.start()
            begun = time.time()
            time.sleep(seconds)
            over = time.time()
            stop.set()
            looker.join()
        desks.check()
        assert desks.done < ROOM
        seen = [r for api in started for r in api.requests() if begun <= r.at < over]
    return len(seen) / (over - begun), [r.ms for r in seen], waits, looks
