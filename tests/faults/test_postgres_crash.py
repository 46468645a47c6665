"""PostgreSQL crashes during a sweep and under load: nothing is lost, and work resumes at once."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from lifecycle.records.engine import open_engine
from lifecycle.timers.sweep import sweep
from tests import postgres
from tests.commands.proof import verify
from tests.faults.crowd import at_once
from tests.faults.dying import watch
from tests.faults.service import compare
from tests.faults.workers import after
from tests.scheduler.books import DAY, FIRST, ending, fill, midnight
from tests.scheduler.look import fired

END = midnight(FIRST + 31 * DAY)


@pytest.fixture(scope="module")
def private() -> Iterator[postgres.Postgres]:
    """A server of its own, which may crash."""
    with postgres.running() as server:
        server.migrated()
        yield server


@pytest.fixture
def database(private: postgres.Postgres) -> Iterator[Engine]:
    """A fresh database of it."""
    with private.database("migrated") as url:
        engine = open_engine(url)
        yield engine
        engine.dispose()


def test_a_crash_in_mid_sweep_is_finished_afterwards_exactly_once(
    private: postgres.Postgres, database: Engine
) -> None:
    fill(database, ending(400))
    batches: list[int] = []
    steps = count(1)

    def crash_in_the_middle(conn: Connection | None, kind: str) -> None:
        if kind == "SELECT contract" and len(batches) == 3 and next(steps) == 2:  # a batch is claimed
            private.crash()

    watch(database, crash_in_the_middle)
    with pytest.raises(OperationalError):
        sweep(database, END, batch=20, on_batch=lambda _, number: batches.append(number))
    before = len(fired(database))  # one batch may be written without an answer
    assert before - sum(batches) in (0, 20) and sum(batches) == 60
    begun = time.monotonic()
    assert sweep(database, END).fired == 400 - before
    assert time.monotonic() - begun < 5
    assert Counter(row.subject_id for row in fired(database)) == Counter(f"c_{n:026d}" for n in range(400))
    verify(database)


def test_a_crash_under_desk_load_loses_and_doubles_nothing(private: postgres.Postgres, database: Engine) -> None:
    crash = threading.Timer(0.5, private.crash)
    crash.start()
    logs = at_once(database, seed=5, turns=3, patient=True)
    crash.join()
    statuses = Counter(status for log in logs for one in log for status in one.statuses)
    assert statuses.keys() <= {200, 201, 409, 503} and statuses[503] > 0
    assert compare(database, *logs)["unknown"] == 0
    sweep(database, after(100))
    verify(database)
