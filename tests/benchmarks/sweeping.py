"""A sweep of due terminations or billing starts, and set-based SQL that writes the same bytes and hashes."""

import hashlib
from collections.abc import Iterator
from datetime import UTC
from time import perf_counter

from sqlalchemy import Engine, select

from lifecycle.records import tables
from lifecycle.records.engine import reading
from lifecycle.terms.calendar import DAY
from lifecycle.timers.sweep import sweep
from tests.benchmarks import bare_sweep
from tests.benchmarks.contracts import OVER, fill, patterns
from tests.benchmarks.places import Copies, filled
from tests.benchmarks.report import Options, Result, alternating
from tests.scheduler.books import midnight

DUE_AT = midnight(OVER).astimezone(UTC)
NOW = DUE_AT + 3 * DAY


def run(options: Options) -> Iterator[Result]:
    """Terminations on each database; raises AssertionError where the two do not leave the same."""
    yield from _sweeps("terminate", "sweep of due terminations", options)


def starts(options: Options) -> Iterator[Result]:
    """Billing starts likewise."""
    yield from _sweeps("start_billing", "sweep of due billing starts", options)


def _sweeps(event: str, what: str, options: Options) -> Iterator[Result]:
    starting = event == "start_billing"
    made = patterns(notified=not starting, starting=starting)
    for kind in options.kinds:
        payload: list[str] = []

        def prepared(engine: Engine, payload: list[str] = payload) -> None:
            fill(engine, options.rows, notified=not starting, starting=starting)
            payload.append(bare_sweep.prepare(engine, made, NOW))

        with filled(kind, prepared) as copies:
            ours, bare = _measure(copies, event, payload[0], options)
            yield Result(what, kind, options.rows, ours, bare)


def _measure(copies: Copies, event: str, payload: str, options: Options) -> tuple[list[float], list[float]]:
    left: set[str] = set()

    def ours() -> float:
        with copies() as engine:
            begun = perf_counter()
            fired = sweep(engine, NOW).fired
            seconds = perf_counter() - begun
            assert fired == options.rows
            left.add(digest(engine))
        return options.rows / seconds

    def bare() -> float:
        with copies() as engine:
            seconds = bare_sweep.run(engine, event, payload, DUE_AT, NOW)
            left.add(digest(engine))
        return options.rows / seconds

    rates = alternating(options.repeats, ours, bare)
    assert len(left) == 1, "the two did not leave the same rows"
    return rates


def digest(engine: Engine) -> str:
    """One hash over contracts, history and pending rows."""
    found = hashlib.sha256()
    with reading(engine) as conn:
        for table in (tables.contract, tables.history, tables.outbox):
            order = table.c["subject_id" if "subject_id" in table.c else "id"]
            for row in conn.execute(select(table).order_by(order).execution_options(yield_per=10_000)):
                found.update(repr(tuple(row)).encode())
    return found.hexdigest()
