"""kill -9 at the k-th statement or commit of the scenario, for each k in turn."""

import os
import signal
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

import orjson
import psycopg
from sqlalchemy import Connection, Engine

from lifecycle.records.engine import open_engine
from tests.faults.dying import watch
from tests.faults.forked import Child, Tell
from tests.faults.scenario import STEPS, Story, check, check_whole


class Point(NamedTuple):
    """A point at which to kill the process: its k-th step, and what that step is."""

    k: int
    kind: str
    writing: bool


def points(url: str) -> list[Point]:
    """Every statement and commit of the whole story, on a fresh database."""
    ended = Child(lambda tell: _tell_story(engine_on(url), 0, tell)).end()
    last = orjson.loads(ended.told[-1])
    return [Point(k, kind, writing) for k, (kind, writing) in enumerate(last, start=1)]


def sample(found: list[Point], seed: int, most: int | None = None) -> list[Point]:
    """One point of every kind, drawn by a seed, and others up to `most`; all where None."""
    if most is None:
        return found
    draw = Random(seed)
    by_kind: dict[str, list[Point]] = {}
    for point in found:
        by_kind.setdefault(point.kind, []).append(point)
    chosen = {draw.choice(of_one_kind) for of_one_kind in by_kind.values()}
    rest = [point for point in found if point not in chosen]
    return sorted(chosen | set(draw.sample(rest, max(0, min(most - len(chosen), len(rest))))))


def kill_at(url: str, point: Point) -> None:
    """Kill the scenario at a point, check the database, run the rest, and check again."""
    engine = engine_on(url)
    ended = Child(lambda tell: _tell_story(engine, point.k, tell)).end()
    assert ended.killed, f"not killed at {point}"
    done, ids = orjson.loads(ended.told[-1]) if ended.told else (0, {})
    story = Story(ids, done)
    try:
        check(engine, acknowledged=done)
        story.go_on(engine)
        check_whole(engine, story)
    finally:
        engine.dispose()
    assert story.ids and len(STEPS) > done


@lru_cache(maxsize=2)
def engine_on(url: str) -> Engine:
    """An engine without connections; on fresh databases at one address it knows its statements already."""
    return open_engine(url)


def _tell_story(engine: Engine, kill: int, tell: Tell) -> None:
    steps: list[tuple[str, bool]] = []

    def step(conn: Connection | None, kind: str) -> None:
        writing = conn is not None and not conn.get_execution_options().get("read_only", False)
        steps.append((kind, writing))
        if len(steps) == kill:
            os.kill(os.getpid(), signal.SIGKILL)

    watch(engine, step)
    copy = psycopg.Cursor.copy

    def copying(cursor: Any, statement: Any, *more: Any, **options: Any) -> Any:
        steps.append((" ".join(str(statement).split()[:2]), True))
        if len(steps) == kill:
            os.kill(os.getpid(), signal.SIGKILL)
        return copy(cursor, statement, *more, **options)

    psycopg.Cursor.copy = copying  # type: ignore[method-assign]
    Story().go_on(engine, tell if kill else lambda line: None)
    if not kill:
        tell(orjson.dumps(steps) + b"\n")
