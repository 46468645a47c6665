"""/readyz describes the process: a problem of all processes is an alarm; a read-only database makes it unready."""

import resource
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, update

from lifecycle.records import tables
from lifecycle.records.engine import open_engine, writing
from lifecycle.records.writable import write_probe
from tests.api.desk import Desk, Json, OpenDesk
from tests.api.processes import WITH_TOKEN, Server
from tests.api.running_scenes import held, set_aside

INTERVAL = 0.5  # seconds between two sweeps


@contextmanager
def live(tmp_path: Path, document: Json, url: str) -> Iterator[Server]:
    """A live service that sweeps often."""
    words = ("serve", "--sweep-interval", f"{INTERVAL}")
    with Server(tmp_path / "log", document, url, *words, **WITH_TOKEN) as server:
        yield server


def eventually(desk: Desk, status: int) -> Any:
    """The checks of /readyz as soon as it answers so; within a sweep interval."""
    deadline = time.monotonic() + INTERVAL + 2.0  # and what a busy machine takes
    while (answer := desk.client.get("/readyz")).status_code != status:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)
    return answer.json()["checks"]


def test_an_alarm_does_not_make_the_process_unready(desk: Desk) -> None:
    held(desk)
    set_aside(desk)
    desk.context.sandbox = False
    with writing(desk.engine) as conn:
        conn.execute(update(tables.clock).values(heartbeat_at=desk.context.clock() - timedelta(hours=1)))
        row = {"id": 1, "sealed_at": desk.context.clock(), "refused": "a row is missing", "unposted": None}
        conn.execute(insert(tables.sealing), row)
    answer = desk.get("/readyz")
    down = {name for name, check in answer["checks"].items() if not check["ok"]}
    assert (answer["status"], down) == ("ready", {"last_sweep", "parked", "fuse", "sealing"})
    assert {answer["checks"][name]["severity"] for name in down} == {"alarm"}
    told = desk.client.get("/metrics").text
    for name in ("last_sweep", "parked", "fuse", "sealing"):
        assert f'lifecycle_alarm{{check="{name}"}} 1.0' in told
    assert 'lifecycle_alarm{check="database"} 0.0' in told


def test_a_database_file_that_was_moved_is_answered_503_until_it_is_back(tmp_path: Path, document: Json) -> None:
    file = tmp_path / "live.db"
    with live(tmp_path, document, f"sqlite:///{file}") as server:
        desk = server.desk()
        contract = desk.apply()
        file.rename(tmp_path / "elsewhere.db")
        for answer in (
            desk.client.post("/v1/contracts", json=desk.application | {"reference": "lost"}),
            desk.client.get(f"/v1/contracts/{contract['id']}"),
        ):
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/database")
        assert "moved, deleted or replaced" in eventually(desk, 503)["database"]["detail"]
        assert not file.exists(), "nothing makes an empty one in its place"
        (tmp_path / "elsewhere.db").rename(file)
        eventually(desk, 200)
        assert desk.show(contract)["state"] == "applied"
    assert "cannot serve: database" in server.said


@pytest.mark.parametrize("what", ["deleted", "replaced", "without its log"])
def test_requests_to_a_deleted_or_replaced_database_are_answered_503(
    what: str, tmp_path: Path, document: Json
) -> None:
    file = tmp_path / "live.db"
    with live(tmp_path, document, f"sqlite:///{file}") as server:
        desk = server.desk()
        desk.apply()
        if what == "without its log":
            (tmp_path / "live.db-wal").unlink()
        else:
            shutil.copy(file, tmp_path / "copy.db")
            file.unlink()
            if what == "replaced":
                shutil.move(tmp_path / "copy.db", file)
        refused = desk.client.post("/v1/contracts", json=desk.application | {"reference": "lost"})
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
        assert eventually(desk, 503)["database"]["severity"] == "fatal"


def test_readiness_detects_a_full_disk_although_reads_succeed(open_desk: OpenDesk) -> None:
    desk = open_desk()
    if desk.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's server stops of itself")
    desk.context.sweep_interval_s = 0.0
    assert desk.get("/readyz")["status"] == "ready"
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        told = desk.client.get("/readyz")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert told.status_code == 503 and told.json()["checks"]["database"]["ok"] is False
    assert desk.get("/readyz")["status"] == "ready"


def test_a_read_only_database_makes_the_process_unready_and_refuses_commands(desk: Desk) -> None:
    if desk.engine.dialect.name == "sqlite":
        pytest.skip("a file has no standby")

    def only_reads(connection: Any, *_: object) -> None:
        connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")

    desk.engine.dispose()  # the pool begins anew: with one connection, which only reads after its first turn
    event.listen(desk.engine, "checkout", only_reads)
    desk.context.sweep_interval_s = 0.0
    try:
        assert desk.get("/readyz", 503)["checks"]["database"]["severity"] == "fatal"
        refused = desk.client.post("/v1/contracts", json=desk.application | {"reference": "R"})
    finally:
        event.remove(desk.engine, "checkout", only_reads)
        desk.engine.dispose()
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/database")


def test_frequent_readiness_checks_write_rarely(desk: Desk) -> None:
    for _ in range(5):
        desk.get("/readyz")
    with writing(desk.engine) as conn:
        tally = tables.counters
        written = conn.execute(tally.select().where(tally.c.kind == "probe")).one()
    assert written.number == 1


def test_the_probe_does_not_wait_for_a_long_writer(sqlite_url: str) -> None:
    engine, other = open_engine(sqlite_url), open_engine(sqlite_url)
    with writing(other):
        begun = datetime.now()
        write_probe(engine)
        assert datetime.now() - begun < timedelta(seconds=3)
    for one in (engine, other):
        one.dispose()
