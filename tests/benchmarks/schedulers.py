"""One sweep that 1, 2 and 4 schedulers share on one PostgreSQL, also with the network a delay away."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine

from lifecycle.records.engine import open_engine
from lifecycle.timers.sweep import sweep
from tests.benchmarks.contracts import fill
from tests.benchmarks.peers import url_of
from tests.benchmarks.places import Copies, filled
from tests.benchmarks.report import Figure, Options, Result, Row, Wanted, progress
from tests.benchmarks.sweeping import NOW
from tests.faults.proxy import Proxy

NUMBERS = (1, 2, 4)
DELAY_S = 0.002
LOOK_S = 0.005  # between two looks at who waits
BATCH = 2_000  # rows of a transaction: enough for all to have some
WAITING = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE wait_event_type = 'Lock' AND wait_event <> 'extend' AND datname = current_database()"
)  # for rows and transactions; a growing table is locked briefly while pages are added


def run(options: Options) -> Iterator[Row]:
    """The rate of each number of schedulers beside that of one, and how often one was seen to wait for a lock."""
    if "postgresql" not in options.kinds:
        return
    with filled("postgresql", lambda engine: fill(engine, options.rows, notified=True)) as copies:
        for delay in (0.0, DELAY_S):
            away = f", {1000 * delay:g} ms away" if delay else ""
            alone: list[float] = []
            for number in NUMBERS:
                runs = [_measure(copies, number, delay) for _ in progress(range(options.repeats), "run by run")]
                rates = [options.rows / seconds for seconds, _ in runs]
                alone = alone or rates
                what = f"{number} scheduler{'s' if number > 1 else ''} share a sweep{away}"
                yield Result(what, "postgresql", options.rows, rates, alone, "one scheduler")
                waits = float(max(seen for _, seen in runs))
                yield Figure(f"{what}: waits for a lock", "postgresql", options.rows, waits, "", wanted=NONE)


NONE = Wanted("≤", 0)


def _measure(copies: Copies, number: int, delay: float) -> tuple[float, int]:
    """Seconds until all is fired, and in how many looks somebody waited for a lock."""
    with copies() as engine, ExitStack() as stack:
        urls = [_through(stack, engine, delay) for _ in range(number)]
        lines = [_started(stack, url) for url in urls]
        looking = stack.enter_context(psycopg.connect(_plain(url_of(engine)), autocommit=True))
        for line in lines:
            assert line.recv() == "ready"
        begun = time.perf_counter()
        for line in lines:
            line.send("go")
        waited = 0
        while not all(line.poll() for line in lines):
            waited += bool(looking.execute(WAITING).fetchone()[0])  # type: ignore[index]
            time.sleep(LOOK_S)
        seconds = time.perf_counter() - begun
        fired: Sequence[int] = [line.recv() for line in lines]
        assert looking.execute("SELECT count(*) FROM history WHERE event = 'terminate'").fetchone() == (
            sum(fired),
        )
    return seconds, waited


def _through(stack: ExitStack, engine: Engine, delay: float) -> str:
    if not delay:
        return url_of(engine)
    proxy = stack.enter_context(Proxy(Path(str(engine.url.query["host"])) / ".s.PGSQL.5432"))
    proxy.delay = delay
    return proxy.url(str(engine.url.database))


def _started(stack: ExitStack, url: str) -> Pipe:
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_scheduler, args=(url, theirs))
    process.start()
    stack.callback(process.join)
    return ours


def _scheduler(url: str, line: Any) -> None:
    """A process that sweeps once it is told to, and answers how many it fired."""
    engine = open_engine(url)
    with engine.connect():
        line.send("ready")
    line.recv()
    line.send(sweep(engine, NOW, batch=BATCH).fired)
    engine.dispose()


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg:", "postgresql:")
