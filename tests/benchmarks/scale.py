"""A sweep of ten times as many: the time of each row, and of all."""

from collections.abc import Iterator
from statistics import median
from time import perf_counter

from lifecycle.desk.sweep import sweep
from tests.benchmarks.contracts import fill
from tests.benchmarks.places import Copies, filled
from tests.benchmarks.report import Figure, Options, Wanted, bar
from tests.benchmarks.sweeping import NOW

SLOWER, LONGEST = 1.2, 60


def run(options: Options) -> Iterator[Figure]:
    """Measures on each database, few and many by turns, so that a machine that drifts spoils both alike."""
    few = options.table // 10
    for kind in options.kinds:
        with (
            filled(kind, lambda engine: fill(engine, few, notified=True)) as of_few,
            filled(kind, lambda engine: fill(engine, options.table, notified=True)) as of_many,
        ):
            pairs = [
                (seconds(of_few, few, kind), seconds(of_many, options.table, kind)) for _ in range(options.repeats)
            ]
        each = median(pair[1] / options.table for pair in pairs) * 1e6
        of_each = median(pair[0] / few for pair in pairs) * 1e6
        wanted = Wanted("≤", SLOWER)
        yield Figure(
            "a row of a sweep", kind, options.table, each, "µs", f"of {few:,}", of_each, wanted, of_ratio=True
        )
        longest = Wanted("≤", LONGEST, " s")
        yield Figure(
            "the whole sweep", kind, options.table, median(pair[1] for pair in pairs), "s", wanted=longest
        )


def seconds(copies: Copies, number: int, kind: str) -> float:
    """Of one sweep."""
    with copies() as engine, bar(f"sweep of {number:,} on {kind}", number) as advance:
        begun = perf_counter()
        fired = sweep(engine, NOW, on_batch=lambda _, fired: advance(fired)).fired
        took = perf_counter() - begun
    assert fired == number
    return took
