"""Faults at SQLite's write calls: strace kills a child process or makes its calls fail."""

import os
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from sqlalchemy import text

from lifecycle.records.engine import open_engine
from tests.faults.forked import Child, Ended, Tell
from tests.faults.scenario import STEPS, Story, check, check_whole

CALLS = ("pwrite64", "fdatasync")
PATIENCE = 120.0  # seconds for strace to take hold


@contextmanager
def strace(path: str, pid: int, *options: str) -> Iterator[None]:
    """Trace a process with all its threads during the block; then release it, alive or dead.

    Its log is thrown away unless an option names a file: nobody reads it, and a full pipe would hold both.
    """
    command = [path, "-f", "-p", str(pid), "-o", os.devnull, "-e", f"trace={','.join(CALLS)}", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as tracer:
        try:
            assert tracer.stderr is not None
            line = tracer.stderr.readline()
            assert "attached" in line, f"strace does not take hold: {line}"
            yield
        finally:
            tracer.send_signal(signal.SIGINT)  # lets go
            tracer.communicate(timeout=PATIENCE)


def calls(path: str, url: str, log: Path) -> dict[str, int]:
    """How many times the story makes each call, in the one thread that writes."""
    told = _tell_story(path, url, "-o", str(log))
    assert not told.killed
    made = Counter(re.findall(r"^(\d+)\s+(\w+)\(", log.read_text(), re.MULTILINE))
    busiest = max(made, key=lambda of: made[of])[0]
    return {call: made[busiest, call] for call in CALLS}


def kill_at(path: str, url: str, call: str, number: int) -> None:
    """Kill the scenario at the n-th call of a kind, check the file, and run the scenario to its end."""
    ended = _tell_story(path, url, "-e", f"inject={call}:signal=KILL:when={number}")
    assert ended.killed, f"not killed at {call} {number}"
    done, ids = orjson.loads(ended.told[-1])[:2] if ended.told else (0, {})
    engine = open_engine(url)
    try:
        check(engine, acknowledged=done)
        with engine.connect() as conn:
            assert conn.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        story = Story(ids, done)
        story.go_on(engine)
        check_whole(engine, story)
    finally:
        engine.dispose()


def fail_at(path: str, url: str, call: str, error: str, when: str) -> Counter[int | str | None]:
    """Make calls fail with an error while clients run the scenario with retries; return the statuses."""
    ended = _tell_story(path, url, "-e", f"inject={call}:error={error}:when={when}")
    done, ids, statuses = orjson.loads(ended.told[-1])
    assert done == len(STEPS) and not ended.killed
    engine = open_engine(url)
    try:
        check_whole(engine, Story(ids, done))
    finally:
        engine.dispose()
    return Counter(statuses)


def _tell_story(path: str, url: str, *options: str) -> Ended:
    child = Child(lambda tell: _story(url, tell), waiting=True)
    with strace(path, child.pid, *options):
        child.go()
        return child.end()


def _story(url: str, tell: Tell) -> None:
    engine = open_engine(url)
    story = Story()
    story.go_on(engine, tell)
    tell(orjson.dumps([len(STEPS), story.ids, [str(s) for s in story.statuses.elements()]]) + b"\n")
