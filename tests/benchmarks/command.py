"""One desk command, a cancellation notice, beside a bare transaction of two statements with the same bytes.

One client, a durable commit each. The bare one is told beforehand what the command has worked out.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, Engine, select

from lifecycle.commands.command import CommandContext
from lifecycle.history import store
from lifecycle.records import tables
from lifecycle.records.bulk_insert import write_row_sets
from lifecycle.records.engine import is_sqlite, reading, writing
from lifecycle.records.row_sets import RowSet
from tests.benchmarks.contracts import ARRIVED, fill, id_of
from tests.benchmarks.places import Copies, filled
from tests.benchmarks.report import Options, Result, Wanted, alternating
from tests.commands import acts
from tests.scheduler.books import ten

NOW: datetime = ten(ARRIVED) + timedelta(hours=1)
WRITTEN = (
    "state", "notices", "effective_on", "decided_by", "due_event", "due_at", "version", "seq", "head_hash", "id",
)  # fmt: skip


def run(options: Options) -> Iterator[Result]:
    """Measures on each database."""
    for kind in options.kinds:
        with filled(kind, lambda engine: fill(engine, options.commands, notified=False)) as copies:
            yield _measure(copies, kind, options)


def _measure(copies: Copies, kind: str, options: Options) -> Result:
    written: list[tuple[Any, ...]] = []

    def ours() -> float:
        with copies() as engine:
            seconds = _notify_all(engine, options.commands)
            written[:] = _what_was_written(engine)
        return options.commands / seconds

    def bare() -> float:
        with copies() as engine:
            return options.commands / _write_all(engine, written)

    rates = alternating(options.repeats, ours, bare)
    return Result("desk command notify_cancellation", kind, options.commands, *rates)


def chained(options: Options) -> Iterator[Result]:
    """The command beside itself without a hash and without a place in the queue to the log."""
    for kind in options.kinds:
        with filled(kind, lambda engine: fill(engine, options.commands, notified=False)) as copies:

            def rate(copies: Copies = copies) -> float:
                with copies() as engine:
                    return options.commands / _notify_all(engine, options.commands)

            def bare(rate: Callable[[], float] = rate) -> float:
                with _unchained():
                    return rate()

            yield Result(
                "desk command with chain and pending row", kind, options.commands,
                *alternating(options.repeats, rate, bare), beside="without them", wanted=Wanted("≥", 0.85),
            )  # fmt: skip


@contextmanager
def _unchained() -> Iterator[None]:
    """History rows are written, with one and the same hash and nothing in the queue."""
    with ExitStack() as stack:
        for name, instead in (("leaf_hash", lambda _: "0" * 64), ("write_row_sets", _without_outbox)):
            stack.enter_context(patch.object(store, name, instead))
        yield


def _without_outbox(conn: Connection, new: Sequence[RowSet], *others: Any) -> list[tuple[Any, ...]]:
    return write_row_sets(conn, [one for one in new if one.table is not tables.outbox], *others)


def _notify_all(engine: Engine, number: int) -> float:
    order = CommandContext("desk", NOW)
    given = {"arrived_on": ARRIVED, "arrived_at": None, "chosen_on": None}
    commands = [acts.entering(id_of(n), order, "notify_cancellation", **given) for n in range(number)]
    begun = perf_counter()
    for command in commands:
        with writing(engine) as conn:
            command(conn)
    return perf_counter() - begun


def _what_was_written(engine: Engine) -> list[tuple[Any, ...]]:
    """For each contract: the values of the update, then those of the history row, as the driver takes them."""
    columns = [*(tables.contract.c[name] for name in WRITTEN), *tables.history.c]
    joined = tables.history.c.subject_id == tables.contract.c.id
    statement = select(*columns).join(tables.history, joined).order_by(tables.contract.c.id)
    kinds = [column.type.dialect_impl(engine.dialect).bind_processor(engine.dialect) for column in columns]
    with reading(engine) as conn:
        return [
            tuple(kind(value) if kind else value for kind, value in zip(kinds, row, strict=True))
            for row in conn.execute(statement)
        ]


def _write_all(engine: Engine, rows: Sequence[tuple[Any, ...]]) -> float:
    mark = "?" if is_sqlite(engine) else "%s"
    sets = ", ".join(f"{name} = {mark}" for name in WRITTEN[:-1])
    updated = f"UPDATE contract SET {sets} WHERE id = {mark} AND version = {mark} - 1"
    inserted = f"INSERT INTO history VALUES ({', '.join([mark] * len(tables.history.c))})"
    driver: Any = engine.raw_connection().driver_connection
    width, version = len(WRITTEN), WRITTEN.index("version")
    begun = perf_counter()
    for row in rows:
        if mark == "?":
            driver.execute("BEGIN IMMEDIATE")
        assert driver.execute(updated, (*row[:width], row[version])).rowcount == 1
        driver.execute(inserted, row[width:])
        driver.commit()
    return perf_counter() - begun
