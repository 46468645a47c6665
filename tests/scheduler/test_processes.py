"""Concurrent sweeps, and sweeps killed at every statement: every due transition takes effect once."""

import os
import signal
from collections import Counter
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, Engine, event

from lifecycle.records.engine import is_sqlite, open_engine
from lifecycle.timers.sweep import sweep
from tests.commands.proof import verify
from tests.faults.forked import Child, Tell
from tests.scheduler.books import DAY, FIRST, ending, fill, midnight, mixed
from tests.scheduler.look import fired, rows

END = midnight(FIRST + 31 * DAY)
MANY = 400


def test_two_processes_fire_hundreds_of_rows_exactly_once(engine: Engine, database_url: str) -> None:
    fill(engine, ending(MANY))
    engine.dispose()
    workers = [Child(lambda tell: _sweep(database_url, tell), waiting=True) for _ in range(2)]
    for worker in workers:
        worker.go()
    fired_by = [int(worker.end().told[0]) for worker in workers]
    assert sum(fired_by) + sweep(engine, END).fired == MANY
    if not is_sqlite(engine):  # there, the first writer may continue to write
        assert min(fired_by) > 0
    assert Counter(row.subject_id for row in fired(engine)) == Counter(f"c_{n:026d}" for n in range(MANY))
    verify(engine)


def _sweep(url: str, tell: Tell) -> None:
    engine = open_engine(url)
    tell(b"%d\n" % sweep(engine, END, batch=20).fired)


def test_a_sweep_killed_anywhere_is_finished_by_the_next_exactly_once(engine: Engine, twin: Engine) -> None:
    """Kills a sweep at its k-th statement or commit for growing k, each going on from what the one before left."""
    for database in (engine, twin):
        fill(database, mixed(24, seed=5))
        assert sweep(database, midnight(FIRST + DAY)).fired  # forked processes have the compiled statements
    now = midnight(FIRST + 400 * DAY)
    kills = []
    for kill_at in count(1):
        engine.dispose()
        if (writing := _killed(engine, now, kill_at)) is None:
            break
        kills.append(writing)
    assert len(kills) >= 25 and sum(kills) >= 0.3 * len(kills)
    assert sweep(engine, now).left is False
    sweep(twin, now)
    assert rows(engine, "pending", "clock") == rows(twin, "pending", "clock")
    verify(engine)


def _killed(engine: Engine, now: datetime, kill_at: int) -> bool | None:
    """Sweeps in a child process that is killed before its k-th statement or commit.

    Whether a writing transaction was open then; None where the sweep ended before.
    """
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _sweep_and_die(engine, now, kill_at, tell)
        finally:
            os._exit(0)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    assert (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL) == bool(answer)
    return answer == b"writing" if answer else None


def _sweep_and_die(engine: Engine, now: datetime, kill_at: int, tell: int) -> None:
    steps = count(1)

    def maybe_die(conn: Connection, *_: Any) -> None:
        if next(steps) == kill_at:
            os.write(tell, b"reading" if conn.get_execution_options().get("read_only") else b"writing")
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", maybe_die)
    event.listen(engine, "commit", maybe_die)
    sweep(engine, now, batch=2)
