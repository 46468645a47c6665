"""How the tables that a sweep rewrites grow while it runs at full rate, with a reader that stays half of the time.

Contracts that ended are set back, so that they end again: each is rewritten far more often than in a real book.
History and log only grow; they are not compared.
"""

import threading
import time
from collections.abc import Iterator
from functools import partial

from sqlalchemy import Engine, text

from lifecycle.audit.export import whole
from lifecycle.audit.seal import NO_SEALS, seal
from lifecycle.records.engine import reading, writing
from lifecycle.timers.sweep import sweep
from tests.benchmarks.large import book
from tests.benchmarks.report import Figure, Options, Wanted, bar
from tests.benchmarks.service import beside
from tests.benchmarks.sweeping import NOW

CHUNK, PAUSE_S = 1_000, 0.2  # rows that the reader takes at a time, and how long it works on them
GROWN = Wanted("≤", 1.5)
_KEPT = ("id", "seq", "head_hash")  # an entry that was recorded stays
_SIZE = """
SELECT coalesce(sum(pg_table_size(oid)), 0), coalesce(sum(pg_indexes_size(oid)), 0) FROM pg_class
WHERE relkind = 'r' AND relname ~ :named"""
PENDING = "pending rows"
TABLES = {"contracts": "^contract(_[0-9]+)?$", PENDING: "^pending$"}


def run(options: Options) -> Iterator[Figure]:
    """Sweep, seal and reset in turn for some minutes; compare the sizes before and after."""
    if "postgresql" not in options.kinds:
        return
    over, taken = threading.Event(), list[int]()
    with book(options.rows, options.partitions, options.keep) as engine:
        columns = _remember(engine)
        before = _sizes(engine)
        fired = _turn(engine, columns)
        before[PENDING] = _sizes(engine)[PENDING]  # there were none
        begun, seconds = time.monotonic(), 60 * options.minutes
        with (
            bar("full rate", int(seconds)) as advance,
            beside(partial(_read, engine, taken, seconds / 2, over), over),
        ):
            told, sweeping, rows = 0, 0.0, 0
            while (now := time.monotonic() - begun) < seconds:
                advance(int(now) - told)
                told, since = int(now), time.monotonic()
                rows += _turn(engine, columns)
                sweeping += time.monotonic() - since
        for what, (table, index) in _sizes(engine).items():
            for part, size, was in zip(("table", "indexes"), (table, index), before[what], strict=True):
                yield Figure(
                    f"{what}, {part}, after {rows / fired:.0f} times", "postgresql", options.rows, size / 2**20,
                    "MiB", "at first", was / 2**20, GROWN, of_ratio=True,
                )  # fmt: skip
        yield Figure("ends swept, sealed and set back", "postgresql", rows, rows / sweeping, "/s")
        yield Figure("rows that the reader took meanwhile", "postgresql", rows, float(sum(taken)), "")


def _remember(engine: Engine) -> list[str]:
    """Keeps those that are due as they are; the names of the columns that a sweep may change."""
    with writing(engine) as conn:
        conn.execute(text("CREATE TABLE armed AS SELECT * FROM contract WHERE state = 'cancel_notified'"))
        conn.execute(text("ALTER TABLE armed ADD PRIMARY KEY (id)"))
        names = list(conn.execute(text("SELECT * FROM armed LIMIT 0")).keys())
        return [name for name in names if name not in _KEPT]


def _turn(engine: Engine, columns: list[str]) -> int:
    """All that is due ends, is sealed and is set back; how many it was."""
    fired = sweep(engine, NOW).fired
    assert seal(engine, NOW, NO_SEALS).rows == fired
    names, values = ", ".join(columns), ", ".join(f"armed.{name}" for name in columns)
    with writing(engine) as conn:
        conn.execute(text("SET LOCAL statement_timeout = 0"))
        conn.execute(
            text(f"UPDATE contract SET ({names}) = ROW({values}) FROM armed WHERE contract.id = armed.id")
        )
    return fired


def _read(engine: Engine, taken: list[int], seconds: float, over: threading.Event) -> None:
    """An export with a slow reader."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for rows, _ in whole(engine, 0, CHUNK):
            taken.append(rows)
            if time.monotonic() > until or over.wait(PAUSE_S):
                return


def _sizes(engine: Engine) -> dict[str, tuple[int, int]]:
    with reading(engine) as conn:
        return {
            what: (int(table), int(index))
            for what, named in TABLES.items()
            for table, index in conn.execute(text(_SIZE), {"named": named})
        }
