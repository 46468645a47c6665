"""What sweeps, lists and pages ask of a large book: by an index each, and how long the slowest takes."""

from collections.abc import Iterator
from time import perf_counter

from tests.benchmarks.places import filled
from tests.benchmarks.report import Figure, Options, Wanted
from tests.records.plans import QUESTIONS, fill, read_whole, undone


def run(options: Options) -> Iterator[Figure]:
    """Asks every question of tests/records/plans.py on each database."""
    for kind in options.kinds:
        with filled(kind, lambda engine: fill(engine, options.table)) as copies, copies() as engine:
            whole = [name for name, ask in QUESTIONS.items() if read_whole(engine, ask)]
            took: dict[str, float] = {}
            for name, ask in QUESTIONS.items():
                with undone(engine) as conn:
                    begun = perf_counter()
                    ask(conn)
                    took[name] = 1000 * (perf_counter() - begun)
        what = f"of {len(QUESTIONS)} questions those that read a large table whole"
        yield Figure(
            f"{what}: {', '.join(whole)}" if whole else what, kind, options.table, len(whole), "",
            wanted=Wanted("≤", 0),
        )  # fmt: skip
        slowest = max(took, key=lambda name: took[name])
        yield Figure(f"the slowest of them, {slowest}", kind, options.table, took[slowest], "ms")
