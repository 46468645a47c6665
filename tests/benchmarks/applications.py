"""Full applications over HTTP, compared on the same server with an empty request and with a bare transaction.

Sixteen clients of one API process; the load comes from one other process (tests/benchmarks/driver.py). Nothing is
bound to a core: the server, the driver and the database share what there is. Each application bears a token kept
in the database and an idempotency key of its own; ten thousand contracts are there already. After a warm-up the
paths are asked by turns, several times each: within seconds a shared machine may be a third quicker or slower.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from sqlalchemy import Engine

from lifecycle.people.tokens import issue_token
from lifecycle.records.engine import writing
from scheduler.clock import system_clock
from tests.api.desk import APPLICATION
from tests.benchmarks.contracts import fill
from tests.benchmarks.floors import ASYNC, BARE, DEF, RAW, TABLE
from tests.benchmarks.peers import url_of
from tests.benchmarks.places import filled
from tests.benchmarks.report import Figure, Options, Result, Wanted, percentile, progress
from tests.benchmarks.service import Api, apis

CLIENTS = 16
BOOK = 10_000  # contracts that are there already
TURNS = 4  # that each path is asked in a run, there and back
CONTRACTS = "/v1/contracts"
BODY = APPLICATION | {"reference": "L-%09d", "received_on": "2022-04-20", "delivery": {"https": False}}
PATHS = {
    "an empty async POST": ASYNC, "an empty def POST": DEF, "an empty async POST, no middleware": BARE,
    "one raw transaction behind a def route": RAW,
}  # fmt: skip


class Phase(NamedTuple):
    """What one path answered: how many, in how many seconds, the milliseconds of each on the server.

    driver: CPU seconds of the driver meanwhile.
    """

    answers: int
    seconds: float
    ms: list[float]
    driver: float

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


def run(options: Options) -> Iterator[Result | Figure]:
    """Measures on each database, every path in each run."""
    for kind in options.kinds:
        runs: list[dict[str, Phase]] = []
        for _ in progress(range(options.repeats), "applications"):
            with filled(kind, _book) as copies, copies() as engine, TemporaryDirectory() as folder:
                runs.append(once(engine, Path(folder), options.seconds / 4))
        ours = [phases[CONTRACTS].per_second for phases in runs]
        ms = [each for phases in runs for each in phases[CONTRACTS].ms]
        for beside, path in PATHS.items():
            wanted = Wanted("≥", 0.3) if path == ASYNC else None
            other = [phases[path].per_second for phases in runs]
            yield Result(f"applications of {CLIENTS} clients", kind, len(ms), ours, other, beside, wanted)
        yield Figure("p99 of the same", kind, len(ms), percentile(ms, 99), "ms", wanted=Wanted("≤", 25, " ms"))
        share = [100 * phases[CONTRACTS].driver / phases[CONTRACTS].seconds for phases in runs]
        yield Figure("the driver's share of a core meanwhile", kind, len(ms), sorted(share)[len(share) // 2], "%")


def _book(engine: Engine) -> None:
    fill(engine, BOOK, notified=False)


def once(engine: Engine, folder: Path, seconds: float) -> dict[str, Phase]:
    """One run: every path for so long in all, the service's twice as long."""
    with writing(engine) as conn:
        conn.exec_driver_sql(TABLE)
        token = issue_token(conn, "driver", ["order_desk"], system_clock() - timedelta(days=1))
    order = [*reversed(PATHS.values()), CONTRACTS]
    asked: dict[str, list[Phase]] = {path: [] for path in order}
    with apis(url_of(engine), 1, folder) as (api,):
        _phase(api, CONTRACTS, token, seconds)  # until statements are prepared and caches filled
        for turn in range(TURNS):
            for path in reversed(order) if turn % 2 else order:
                lasting = seconds / TURNS * (2 if path == CONTRACTS else 1)
                asked[path].append(_phase(api, path, token, lasting))
    return {path: _together(phases) for path, phases in asked.items()}


def _together(phases: Sequence[Phase]) -> Phase:
    answers, seconds, ms, driver = zip(*phases, strict=True)
    return Phase(sum(answers), sum(seconds), [*chain.from_iterable(ms)], sum(driver))


def _phase(api: Api, path: str, token: str, seconds: float) -> Phase:
    words = [str(api.port), path, token, str(CLIENTS), str(seconds)]
    words.append(json.dumps(BODY if path == CONTRACTS else {}))
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.driver", *words], capture_output=True, check=True, text=True
    )
    said: dict[str, Any] = json.loads(done.stdout)
    assert set(said["answers"]) <= {"200", "201"}, said["answers"]
    ms = [r.ms for r in api.requests() if r.path == path and said["begun"] <= r.at <= said["over"]]
    return Phase(sum(said["answers"].values()), said["over"] - said["begun"], ms, said["cpu"])
