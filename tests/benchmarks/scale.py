"""A sweep of ten times as many: the time of each row, and of all beside the bare minimum's."""

from collections.abc import Iterator
from statistics import median
from time import perf_counter

from sqlalchemy import Engine

from lifecycle.timers.sweep import sweep
from tests.benchmarks import bare_sweep
from tests.benchmarks.contracts import fill, patterns
from tests.benchmarks.places import Copies, filled
from tests.benchmarks.report import Figure, Options, Wanted, bar
from tests.benchmarks.sweeping import DUE_AT, NOW

SLOWER, TIMES_THE_FLOOR = 1.2, 5


def run(options: Options) -> Iterator[Figure]:
    """Measures on each database, few, many and bare by turns, so that a machine that drifts spoils all alike."""
    many, few = options.table, options.table // 10
    for kind in options.kinds:
        payload: list[str] = []

        def prepared(engine: Engine, payload: list[str] = payload) -> None:
            fill(engine, many, notified=True)
            payload.append(bare_sweep.prepare(engine, patterns(notified=True, starting=False), NOW))

        with (
            filled(kind, lambda engine: fill(engine, few, notified=True)) as of_few,
            filled(kind, prepared) as of_many,
        ):
            runs = [
                (seconds(of_few, few, kind), seconds(of_many, many, kind), bare(of_many, payload[0]))
                for _ in range(options.repeats)
            ]
        took, of_each = median(run[1] for run in runs), median(run[0] for run in runs) / few * 1e6
        slower = Wanted("≤", SLOWER)
        yield Figure(
            "a row of a sweep", kind, many, took / many * 1e6, "µs", f"of {few:,}", of_each, slower, of_ratio=True
        )
        floor, times = median(run[2] for run in runs), Wanted("≤", TIMES_THE_FLOOR)
        yield Figure("the whole sweep", kind, many, took, "s", "the bare minimum", floor, times, of_ratio=True)


def seconds(copies: Copies, number: int, kind: str) -> float:
    """Of one sweep."""
    with copies() as engine, bar(f"sweep of {number:,} on {kind}", number) as advance:
        begun = perf_counter()
        fired = sweep(engine, NOW, on_batch=lambda _, fired: advance(fired)).fired
        took = perf_counter() - begun
    assert fired == number
    return took


def bare(copies: Copies, payload: str) -> float:
    """Of the same rows written by the bare minimum."""
    with copies() as engine:
        return bare_sweep.run(engine, "terminate", payload, DUE_AT, NOW)
