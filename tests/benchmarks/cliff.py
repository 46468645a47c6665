"""The desk's month end: acceptances and notices over HTTP while 100,000 terminations are swept, and before.

A `lifecycle api` and a `lifecycle scheduler` on PostgreSQL; four desks that think for 50 ms between two requests.
Times are the server's own: from the request's arrival in the application to the end of the answer. Meanwhile
measures end one after the other; none may be stuck behind the sweep.
"""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
from sqlalchemy import Engine, text

from lifecycle.records.engine import reading
from scheduler.clock import system_clock
from tests.benchmarks.contracts import applications, copy_patterns, id_of, patterns
from tests.benchmarks.lateness import COMMITTED
from tests.benchmarks.peers import url_of
from tests.benchmarks.places import filled
from tests.benchmarks.report import Figure, Options, Wanted, percentile, progress
from tests.benchmarks.service import HEADERS, Desks, Request, apis, scheduler, until

DESKS, THINK = 4, 0.05
ROOM = 20_000  # contracts for the desks to work on, of each kind
FUTURE = "2099-01-01"
SWEPT = (
    "SELECT min(pg_xact_commit_timestamp(xmin)), max(pg_xact_commit_timestamp(xmin)), count(*) "
    "FROM history WHERE event = 'terminate'"
)
STUCK = (
    "SELECT fired.effective_at, pg_xact_commit_timestamp(fired.xmin), pg_xact_commit_timestamp(taken.xmin) "
    "FROM history fired JOIN history taken ON taken.subject_id = fired.subject_id AND taken.event = 'take' "
    "WHERE fired.actor = 'clock' AND fired.event = 'end'"
)


def run(options: Options) -> Iterator[Figure]:
    """Measures on PostgreSQL; the medians of the repeats."""
    if "postgresql" not in options.kinds:
        return
    with filled("postgresql", lambda engine: _fill(engine, options), COMMITTED) as copies:
        runs = []
        for _ in progress(range(options.repeats), "cliff"):
            with copies() as engine, TemporaryDirectory() as folder:
                runs.append(_once(engine, Path(folder), options))
    assert min(run[-1] for run in runs) >= 100, "too few requests during a sweep"
    idle, busy, stuck, seconds, number = (sorted(values)[len(runs) // 2] for values in zip(*runs, strict=True))
    yield Figure(
        "p99 of acceptances and notices during a sweep", "postgresql", int(number), busy, "ms",
        "the same before", idle, Wanted("<", 5), of_ratio=True,
    )  # fmt: skip
    yield Figure(
        "most that a timer falling due during a sweep fires late", "postgresql", options.rows, stuck, "s",
        wanted=Wanted("≤", 2, " s"),
    )  # fmt: skip
    yield Figure("the sweep meanwhile", "postgresql", options.rows, seconds, "s")


def _fill(engine: Engine, options: Options) -> None:
    copy_patterns(engine, patterns(notified=True), options.rows)
    copy_patterns(engine, applications(), ROOM, options.rows)
    copy_patterns(engine, patterns(notified=False), ROOM, options.rows + ROOM)


def _once(engine: Engine, folder: Path, options: Options) -> tuple[float, float, float, float, float]:
    """p99 idle and busy in ms, the latest timer and the sweep in seconds, the requests during the sweep."""

    def ask(client: httpx2.Client, number: int) -> httpx2.Response:
        return desk_work(client, options.rows, number)

    with apis(url_of(engine), 1, folder) as (api,):
        with Desks([api.address], DESKS, ask, THINK) as desks:
            time.sleep(1)
            begun = time.time()
            time.sleep(options.seconds)
            before = [r for r in api.requests() if r.at > begun]
            with scheduler(url_of(engine), **UNHELD):
                _set_timers_until(engine, api.address, options)
        desks.check()
        first, last, _ = _asked(engine, SWEPT)[0]
        during = [r for r in api.requests() if first.timestamp() <= r.at <= last.timestamp()]
    late = [(fired - max(due, taken)).total_seconds() for due, fired, taken in _asked(engine, STUCK)]
    return _p99(before), _p99(during), max(late), (last - first).total_seconds(), len(during)


UNHELD: dict[str, str] = {}


def _set_timers_until(engine: Engine, address: str, options: Options) -> None:
    """From its first batch on, plans the end of a measure each third of a second, until the sweep is over."""
    number = 0
    until(lambda: _asked(engine, SWEPT)[0][2])
    with httpx2.Client(base_url=address, headers=HEADERS, timeout=30) as client:
        while not number or _asked(engine, SWEPT)[0][2] < options.rows:
            now = system_clock()
            body = {
                "kind": "access_limit", "ground": "measured", "notified": True,
                "starts_at": (now - timedelta(hours=1)).isoformat(),
                "ends_at": (now + timedelta(seconds=0.1)).isoformat(),
            }  # fmt: skip
            contract = id_of(options.rows + 2 * ROOM - 1 - number)
            assert client.post(f"/v1/contracts/{contract}/measures", json=body).is_success
            number += 1
            time.sleep(0.3)
    until(lambda: len(_asked(engine, STUCK)) == number)


def desk_work(client: httpx2.Client, begin: int, number: int) -> httpx2.Response:
    """By turns an acceptance and a notice, each of a contract of its own."""
    if number % 2:
        return client.post(
            f"/v1/contracts/{id_of(begin + number // 2)}/accept", json={"billing_starts_on": FUTURE}
        )
    return client.post(f"/v1/contracts/{id_of(begin + ROOM + number // 2)}/notify_cancellation", json={})


def _p99(requests: list[Request]) -> float:
    return percentile([request.ms for request in requests], 99)


def _asked(engine: Engine, statement: str) -> list[tuple[datetime, datetime, Any]]:
    with reading(engine) as conn:
        return [(row[0], row[1], row[2]) for row in conn.execute(text(statement))]
