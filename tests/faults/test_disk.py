"""SQLite's write calls, killed or refused by the disk: acknowledged changes are there."""

import resource
import signal
from datetime import datetime
from pathlib import Path
from random import Random

import orjson
import pytest
from sqlalchemy.exc import OperationalError

from lifecycle.records.engine import open_engine
from lifecycle.timers.sweep import sweep
from tests.faults import tools, tracing
from tests.faults.conftest import sqlite_copy
from tests.faults.expected import TOKYO
from tests.faults.forked import Child, Tell
from tests.faults.service import Client, Hands, served
from tests.how_many import IN_FULL

KILLS = 3 if IN_FULL else 1  # at each kind of call


@pytest.fixture
def strace() -> str:
    return tools.strace()


def test_after_a_kill_at_a_write_call_the_file_is_intact_and_work_resumes(
    strace: str, sqlite_template: Path, tmp_path: Path
) -> None:
    with sqlite_copy(sqlite_template) as url:
        made = tracing.calls(strace, url, tmp_path / "calls")
    assert made["pwrite64"] >= 60 and made["fdatasync"] >= 10
    draw = Random(2)
    for call, number in [(call, draw.randint(1, made[call])) for call in tracing.CALLS for _ in range(KILLS)]:
        with sqlite_copy(sqlite_template) as url:
            tracing.kill_at(strace, url, call, number)


@pytest.mark.parametrize(
    ("call", "error", "when"),
    [("pwrite64", "ENOSPC", "40..43"), ("pwrite64", "EIO", "90"), ("fdatasync", "EIO", "4..5")],
)
def test_failed_write_calls_are_answered_503_and_a_retry_takes_effect_once(
    strace: str, sqlite_template: Path, call: str, error: str, when: str
) -> None:
    with sqlite_copy(sqlite_template) as url:
        statuses = tracing.fail_at(strace, url, call, error, when)
    assert statuses.keys() <= {"200", "201", "503", "507", "sweep failed"}
    assert statuses["503"] + statuses["507"] + statuses["sweep failed"] > 0


def test_on_a_full_disk_reads_succeed_and_writes_are_answered_503(sqlite_template: Path) -> None:
    with sqlite_copy(sqlite_template) as url:
        child = Child(lambda tell: full_disk(url, tell))
        told = [orjson.loads(line) for line in child.end().told]
        assert told == [["full", 503, 200, "sweep failed"], ["room", "ok", 200, 1]]


def full_disk(url: str, tell: Tell) -> None:
    """Run a service whose file must not grow for a while, in its own process."""
    engine, clock = open_engine(url), Hands(datetime(2022, 4, 20, 9, tzinfo=TOKYO))
    with served(engine, clock) as http:
        client = Client(http)
        contract = client.apply().answer["id"]
        client.do(contract, "accept")
        clock.now = datetime(2022, 5, 1, tzinfo=TOKYO)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
        refused = client.apply()
        try:
            swept = str(sweep(engine, clock.now).fired)
        except OperationalError:
            swept = "sweep failed"
        read = http.get(f"/v1/contracts/{contract}").status_code
        tell(orjson.dumps(["full", refused.statuses[-1], read, swept]) + b"\n")
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        fired = sweep(engine, clock.now).fired
        client.settle()
        read = http.get(f"/v1/contracts/{refused.answer['id']}").status_code
        tell(orjson.dumps(["room", refused.outcome, read, fired]) + b"\n")
