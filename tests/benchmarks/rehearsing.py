"""A file of terms rehearsed over a whole book, in as many processes as there are cores: time and memory.

The book is a thousand real lives, copied under other ids; history rows alone are read, so nothing else is copied.
"""

import os
import resource
from collections.abc import Iterator
from datetime import date
from functools import partial
from statistics import median
from time import perf_counter

from sqlalchemy import Engine, insert, text

from lifecycle.cli.rehearsing import begins, rehearsed_parts
from lifecycle.queries.rehearsal import Rehearsal, RehearsalTotals
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.terms_file import read_terms
from tests.benchmarks.places import filled
from tests.benchmarks.report import Figure, Options, Wanted
from tests.scheduler.books import fill, mixed
from tests.terms.worlds import TEXTS

PATTERNS = 1000
FULL, WITHIN_S, CORES = 100_000, 180, 2  # so many contracts in so many seconds on two cores
UNTIL = date(2023, 12, 1)
DEARER = (
    TEXTS["2022-05-01.toml"]
    .replace("in_force_from = 2022-05-01", "in_force_from = 2022-07-01")
    .replace("monthly_fee_yen = 200_000", "monthly_fee_yen = 210_000")
)


def rehearsing(options: Options) -> Iterator[Figure]:
    """The whole book, and the memory of a process that rehearses a tenth of it."""
    rehearsal = Rehearsal(read_terms(DEARER), UNTIL)
    for kind in options.kinds:
        with filled(kind, partial(_book, number=options.rows)) as copies, copies() as engine:
            url = engine.url.render_as_string(hide_password=False)
            with reading(engine) as conn:
                places = begins(conn, DEFAULT_SERVICE)
            _rehearsed(rehearsal, url, places[: max(len(places) // 10, 2)])
            small = _peak_mib()
            cpu = _cpu_s()
            seconds = [_rehearsed(rehearsal, url, places) for _ in range(options.repeats)]
            cpu = (_cpu_s() - cpu) / options.repeats
            wanted = Wanted("≤", CORES * WITHIN_S * options.rows / FULL, " s")
            yield Figure("a file of terms rehearsed", kind, options.rows, median(seconds), "s")
            yield Figure("its CPU time on all cores", kind, options.rows, cpu, "s", wanted=wanted)
            yield Figure("memory of one process", kind, options.rows, _peak_mib(), "MiB", "a tenth of the book",
                         small, Wanted("≤", 1.2), of_ratio=True)  # fmt: skip


def _rehearsed(rehearsal: Rehearsal, url: str, places: list[str]) -> float:
    begun, totals = perf_counter(), RehearsalTotals()
    for _, part in rehearsed_parts(rehearsal, url, places, os.cpu_count() or 1):
        totals.merge(part)
    assert totals.sums["worse"] > 0
    return perf_counter() - begun


def _cpu_s() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _book(engine: Engine, number: int) -> None:
    stories = mixed(min(number, PATTERNS))
    fill(engine, stories)
    with reading(engine) as conn:
        contracts = [dict(row._mapping) for row in conn.execute(tables.contract.select())]
        rows = [dict(row._mapping) for row in conn.execute(tables.history.select())]
    for begin in range(PATTERNS, number, PATTERNS):
        with writing(engine) as conn:
            conn.execute(insert(tables.contract), [_moved(one, begin) for one in contracts])
            conn.execute(insert(tables.history), [_moved(one, begin) for one in rows])
    with writing(engine) as conn:
        conn.execute(text("ANALYZE"))


def _moved(row: dict[str, object], begin: int) -> dict[str, object]:
    """A row of another contract: the same but for its ids, its reference and its hashes."""
    owner = str(row.get("contract_id") or row["id"])
    old, new = owner[2:], f"{int(owner[2:]) + begin:026d}"
    found = {
        name: value.replace(f"c_{old}", f"c_{new}").replace(f"o_{old}", f"o_{new}")
        if isinstance(value, str)
        else value
        for name, value in row.items()
    }
    for name in ("reference", "reference_key"):
        if name in found:
            found[name] = f"R-{int(new)}"
    if "hash" in found:
        found["hash"] = f"{begin:08x}{str(found['hash'])[8:]}"
    return found
