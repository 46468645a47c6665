"""The peak of a sweep's memory with few and with many due, each in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator

from tests.benchmarks.contracts import fill
from tests.benchmarks.peers import url_of
from tests.benchmarks.places import Copies, filled
from tests.benchmarks.report import Figure, Options, Wanted, progress
from tests.benchmarks.sweeping import NOW

FEW = 10_000
GROWTH = 50  # MiB
ALONE = """
import resource, sys
from datetime import datetime
from lifecycle.timers.sweep import sweep
from lifecycle.records.engine import open_engine
fired = sweep(open_engine(sys.argv[1]), datetime.fromisoformat(sys.argv[2])).fired
print(fired, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def run(options: Options) -> Iterator[Figure]:
    """Measures on each database; the least of the repeats with few, the most with many."""
    for kind in options.kinds:
        few = min(_peaks(kind, min(FEW, options.table), options.repeats))
        many = max(_peaks(kind, options.table, 1))
        beside = f"{min(FEW, options.table):,} due"
        yield Figure("peak of a sweep's memory", kind, options.table, many, "MiB", beside, few)
        yield Figure(
            "by how much it grows", kind, options.table, many - few, "MiB", wanted=Wanted("≤", GROWTH, " MiB")
        )


def _peaks(kind: str, number: int, repeats: int) -> Iterator[float]:
    """MiB of each run."""
    with filled(kind, lambda engine: fill(engine, number, notified=True)) as copies:
        for _ in progress(range(repeats), f"memory on {kind}, {number:,} due"):
            yield peak(copies, number)


def peak(copies: Copies, number: int) -> float:
    """MiB of one run."""
    with copies() as engine:
        command = [sys.executable, "-c", ALONE, url_of(engine), NOW.isoformat()]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    fired, found = said.split()
    assert int(fired) == number
    return int(found) / 1024
