"""kill -9 during batched applications: answered ones are stored, and none is stored twice."""

import os
import signal

from sqlalchemy import Engine

from api.imports.batch import receive_batch
from lifecycle.commands.command import Outcome
from tests.api.test_batching import context_of, counts, jobs
from tests.faults.conftest import Fresh
from tests.faults.dying import watch
from tests.faults.forked import Child, Tell
from tests.faults.killing import engine_on

LOT = 4


def test_a_batch_killed_anywhere_is_stored_whole_or_not_at_all_and_a_retry_does_it_once(fresh: Fresh) -> None:
    kill, kills, answered = 1, 0, False
    while not answered:
        with fresh() as url:
            ended = Child(lambda tell, engine=engine_on(url), kill=kill: _take(engine, kill, tell)).end()
            answered = b"answered" in ended.told
            assert answered != ended.killed
            found = set(_counts(url).values())
            assert found in ([{LOT}] if answered else [{0}, {LOT}])
            engine = engine_on(url)
            again = receive_batch(context_of(engine), jobs(engine, LOT))
            assert [a.status for a in again if isinstance(a, Outcome)] == [201] * LOT
            engine.dispose()
            assert set(_counts(url).values()) == {LOT}
        kill, kills = kill + 1, kills + ended.killed
    assert kills >= {"sqlite": 5, "postgresql": 3}[fresh.kind]  # at the rows, before and after the commit


def _take(engine: Engine, kill: int, tell: Tell) -> None:
    steps = 0

    def step(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps == kill:
            os.kill(os.getpid(), signal.SIGKILL)

    waiting = jobs(engine, LOT)
    watch(engine, step)
    receive_batch(context_of(engine), waiting)
    tell(b"answered\n")


def _counts(url: str) -> dict[str, int]:
    engine = engine_on(url)
    found = counts(engine)
    engine.dispose()
    return {name: number for name, number in found.items() if name != "drm_option"}
