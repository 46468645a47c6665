"""The global feed: every row once and in one order; a reader misses none, even if it is committed late."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from api.request.metrics import exposition
from api.request.readiness import checks_of
from api.request.request_log import RequestMetrics
from lifecycle.audit.checkpoint import read_checkpoint
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.seal import Seals, seal
from lifecycle.audit.verifier.compare import compare
from lifecycle.commands import applications
from lifecycle.commands.command import CommandContext
from lifecycle.machines.facts import When
from tests.api.desk import Desk, Json
from tests.api.test_histories import STANDING, ended_with_option, hashed

DELIVERY = {"custom_domain": None, "https": False, "certificate_obtained": None}


def apply(conn: Connection, desk: Desk, reference: str) -> str:
    """An application in a transaction of the test's own."""
    people = {who: desk.application[who] for who in ("customer", "administrator")}
    application = applications.Application(reference, When(), people, "basic", None, True, True, DELIVERY)
    dossier, _ = applications.apply(conn, application, CommandContext("test", desk.context.clock()))
    return dossier.contract.id


def test_the_feed_holds_the_rows_of_the_histories(desk: Desk) -> None:
    subjects = ended_with_option(desk)
    feed = desk.feed()
    assert [row["index"] for row in feed] == list(range(9))
    for subject in subjects:
        told = [
            {k: v for k, v in row.items() if k != "index"} for row in feed if row["subject_id"] == subject["id"]
        ]
        kept = [{k: v for k, v in row.items() if k not in STANDING} for row in desk.history(subject)]
        assert told == kept
    assert all(row["hash"] == hashed(row) for row in feed)


@pytest.mark.parametrize("limit", [1, 2, 8, 9, 500])
def test_pages_of_any_size_show_every_row_once(desk: Desk, limit: int) -> None:
    ended_with_option(desk)
    rows: list[Json] = []
    after: Json = {}
    while True:
        page = desk.get("/v1/audit/transitions", limit=limit, **after)
        rows += page["items"]
        if page["next"] is None:
            break
        assert len(rows) < 20
        assert page["next"] == str(page["items"][-1]["index"])
        after = {"after": page["next"]}
    assert rows == desk.feed()
    assert len(rows) == 9


def test_reading_again_gives_the_same_rows_in_the_same_places(desk: Desk) -> None:
    desk.accepted()
    first = desk.feed()
    ended_with_option(desk)
    assert desk.feed()[: len(first)] == first
    assert desk.feed(first[-1]["index"]) == desk.feed()[len(first) :]
    assert desk.feed(10_000) == []


def test_a_row_committed_late_is_read_once_by_a_reader_in_between(desk: Desk) -> None:
    """SQLite allows only one writer at a time; on PostgreSQL the later transaction commits first."""
    desk.apply()
    first = desk.feed()
    overtakes = desk.engine.dialect.name == "postgresql"
    with desk.engine.connect() as early, early.begin():
        slow = apply(early, desk, "written first")
        quick = desk.apply()["id"] if overtakes else None
        between = first + desk.feed(first[-1]["index"])
    quick = quick or desk.apply()["id"]
    after = desk.feed(between[-1]["index"])
    read = [row["subject_id"] for row in between + after]
    assert (slow in read[: len(between)], quick in read[: len(between)]) == (False, overtakes)
    assert (read.count(slow), read.count(quick), len(read)) == (1, 1, 3)
    assert desk.feed() == between + after


def test_a_row_that_is_rolled_back_never_shows(desk: Desk) -> None:
    with desk.engine.connect() as conn, conn.begin() as transaction:
        gone = apply(conn, desk, "never")
        transaction.rollback()
    kept = desk.apply()["id"]
    assert [row["subject_id"] for row in desk.feed()] == [kept]
    assert desk.show(gone, 404)["status"] == 404


def test_readers_and_writers_at_once_agree_on_one_order(desk: Desk) -> None:
    def write(number: int) -> Any:
        return desk.accepted(reference=f"at once {number}")

    def read(_: int) -> list[Json]:
        return desk.feed()

    with ThreadPoolExecutor(6) as pool:
        writers = [pool.submit(write, number) for number in range(12)]
        seen = list(pool.map(read, range(8)))
        assert all(writer.result() for writer in writers)
    whole = desk.feed()
    assert [row["index"] for row in whole] == list(range(24))
    assert len({row["id"] for row in whole}) == 24
    for feed in seen:
        assert feed == whole[: len(feed)]


def test_checkpoints_are_shown_page_by_page(desk: Desk) -> None:
    key = SigningKey("contracts.example.com", bytes(32))
    for number in range(3):
        desk.apply(reference=f"OD-{number}")
        waiting = desk.get("/readyz")["checks"]["sealing"]["detail"]
        assert waiting == f"0 of {number} rows not signed; more wait for the log"
        seal(desk.context.engine, desk.context.clock(), Seals(key))
    page = desk.get("/v1/audit/checkpoints", limit=2)
    rest = desk.get("/v1/audit/checkpoints", after=page["next"])
    assert [item["size"] for item in page["items"] + rest["items"]] == [1, 2, 3]
    assert read_checkpoint(page["items"][0]["note"].encode(), key.public).size == 1
    assert desk.get("/readyz")["checks"]["sealing"]["detail"] == "0 of 3 rows not signed"


def test_auditors_get_proofs_between_their_checkpoints(desk: Desk, tmp_path: Path) -> None:
    key = SigningKey("contracts.example.com", bytes(32))
    assert desk.get("/v1/audit/consistency", 409, old=1)["type"].endswith("not-sealed")
    for number in range(3):
        desk.apply(reference=f"OD-{number}")
        seal(desk.context.engine, desk.context.clock(), Seals(key))
    for item in desk.get("/v1/audit/checkpoints")["items"]:
        (tmp_path / str(item["size"])).write_text(item["note"], "utf-8")
    assert compare([tmp_path], [key.public])[1] != []
    for old, size in ((1, 2), (2, None)):
        found = desk.get("/v1/audit/consistency", old=old, **({} if size is None else {"size": size}))
        assert (found["old_size"], found["size"]) == (old, size or 3)
        (tmp_path / f"proof-{old}").write_text(found["proof"], "utf-8")
    assert compare([tmp_path], [key.public]) == ([], [])
    for wrong in ({"old": 4}, {"old": 1, "size": 9}):
        assert desk.get("/v1/audit/consistency", 409, **wrong)["title"] == "Not sealed"
    assert desk.get("/v1/audit/consistency", 422, old=0)["errors"][0]["pointer"] == "/query/old"


def test_a_row_that_waits_too_long_for_the_log_is_an_alarm(desk: Desk) -> None:
    seal(desk.context.engine, desk.context.clock(), Seals())
    desk.apply()
    later = desk.context.clock() + timedelta(seconds=121)
    seen = replace(desk.context, sandbox=False, clock=lambda: later)
    told = checks_of(seen)["sealing"]
    assert told["ok"] is False and "the oldest not in the log waits for 121 s" in str(told["detail"])
    numbers = exposition(seen, RequestMetrics()).decode()
    assert "lifecycle_pending 1.0" in numbers and "lifecycle_pending_oldest_seconds 121.0" in numbers
    seal(desk.context.engine, later, Seals())
    assert checks_of(seen)["sealing"]["ok"] is True
    assert "lifecycle_pending_oldest_seconds 0.0" in exposition(seen, RequestMetrics()).decode()
