"""kill -9 at every statement of a correction: it is whole or absent, and a retry takes effect once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

import orjson
from sqlalchemy import Connection, Engine

from lifecycle.commands.idempotency import StillRunning
from lifecycle.timers.sweep import sweep
from tests.commands import proof
from tests.commands.correcting import FIRES, LATER, correct, events, wronged
from tests.commands.diary import Diary, day
from tests.faults.conftest import Fresh
from tests.faults.dying import AFTER_COMMIT, watch
from tests.faults.forked import Child, Tell
from tests.faults.killing import engine_on

LEAST = 12  # a correction's statements and commits, on either database


def _steps(url: str, contract: str, entry: str, kill: int, tell: Tell) -> None:
    """Correct the notice with an idempotency key, killed at a step; send every step before it is executed."""
    steps = 0

    def step(conn: Connection | None, kind: str) -> None:
        nonlocal steps
        steps += 1
        tell(orjson.dumps(kind) + b"\n")
        if steps == kill:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = engine_on(url)
    watch(engine, step)
    correct(engine, contract, entry, LATER, key=contract)


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """An engine without open connections, because a child is forked next, and with its statements compiled."""
    engine = engine_on(url)
    try:
        yield engine
    finally:
        engine.dispose()


def test_a_correction_killed_anywhere_is_whole_or_absent_and_its_key_does_it_once(fresh: Fresh) -> None:
    with fresh() as url:
        seen, kill, killed = set(), 1, True
        while killed:
            with opened(url) as engine:
                contract, entry = wronged(Diary(engine), f"OD-{kill}")
                sweep(engine, FIRES)
                before = events(engine, contract)
            ended = Child(lambda tell, c=contract, e=entry, k=kill: _steps(url, c, e, k, tell)).end()  # type: ignore[misc]
            killed, last = ended.killed, orjson.loads(ended.told[-1])
            seen.add(last)
            with opened(url) as engine:
                _whole_or_absent(engine, contract, before, committed=last == AFTER_COMMIT or not killed)
                _asked_again(engine, contract, entry)
                _once(engine, contract)
            kill += 1
        assert kill > LEAST
        assert {"commit", AFTER_COMMIT} <= seen


def _whole_or_absent(engine: Engine, contract: str, before: list[str], *, committed: bool) -> None:
    found = Diary(engine).contract(contract)
    if committed:
        assert (found.state, events(engine, contract)) == ("cancel_notified", [*before, "correct_entry"])
    else:
        assert (found.state, events(engine, contract)) == ("terminated", before)
    assert proof.verify(engine) > 0


def _asked_again(engine: Engine, contract: str, entry: str) -> None:
    """Repeat the correction with the same key while the answer is that the first one still runs.

    PostgreSQL takes a moment to notice that its client is gone.
    """
    for _ in range(100):
        try:
            correct(engine, contract, entry, LATER, key=contract)
            return
        except StillRunning:
            sleep(0.1)
    raise AssertionError("the first one runs on")


def _once(engine: Engine, contract: str) -> None:
    found = Diary(engine).contract(contract)
    assert (found.state, found.effective_on) == ("cancel_notified", day("2022-08-31"))
    assert events(engine, contract).count("correct_entry") == 1
    assert proof.verify(engine) > 0
