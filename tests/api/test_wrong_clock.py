"""While the clock is known to be wrong it dates nothing; commands that name their own day work."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from lifecycle.history.operations_log import TRIP, Note, note
from lifecycle.records import tables
from lifecycle.records.engine import writing
from scheduler import clock_doubt
from scheduler.clock import Beat
from scheduler.clock_doubt import ClockDoubt
from tests.api.desk import Desk, Json

PARTING = timedelta(hours=3)
NOW = datetime.fromisoformat("2022-04-22T09:00:00+09:00")


@pytest.fixture
def wrong(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Json:
    """A contract with its application accepted, in a service whose clock then turns out to be wrong."""
    accepted = desk.accept(desk.apply(received_on="2022-04-10"), accepted_on="2022-04-12", reason="on paper")
    monkeypatch.setattr(clock_doubt, "KNOWN_FOR", 0.0)
    monkeypatch.setattr(clock_doubt, "system_clock", lambda: NOW)
    desk.context.clock_trouble = ClockDoubt(PARTING)
    with writing(desk.engine) as conn:
        note(
            conn,
            Note(NOW, TRIP, "clock", "the wall clock says 2022-04-22, but as time has passed it is 2022-04-12"),
        )
    return accepted


def test_commands_dated_by_a_wrong_clock_are_refused_with_the_reason(desk: Desk, wrong: Json) -> None:
    for path, body in (
        ("/v1/contracts", desk.application | {"reference": "W-1"}),
        (f"/v1/contracts/{wrong['id']}/notify_cancellation", {"reason": "by telephone"}),
        (f"/v1/contracts/{wrong['id']}/notes", {"text": "they called"}),
    ):
        for _ in range(2):  # the second application goes with those that wait together
            answer = desk.client.post(path, json=body)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60"), answer.text
            assert answer.json()["type"] == "/problems/clock-wrong"
            assert "as time has passed it is 2022-04-12" in answer.json()["detail"]
    assert desk.counts()["contract"] == 1


def test_commands_that_name_their_own_day_work_under_a_wrong_clock(desk: Desk, wrong: Json) -> None:
    desk.apply(reference="W-1", received_on="2022-04-20")
    noticed = desk.do(wrong, "notify_cancellation", arrived_on="2022-04-21")
    assert noticed["state"] == "cancel_notified"
    entry = desk.history(noticed)[-1]["id"]
    desk.post(f"/v1/contracts/{wrong['id']}/corrections",
              {"entry": entry, "facts": {"arrived_on": "2022-04-20"}, "reason": "the stamp"})  # fmt: skip


def test_commands_work_again_after_the_scheduler_is_resumed(desk: Desk, wrong: Json) -> None:
    desk.post("/v1/scheduler/resume", {"reason": "the clock was put right"})
    assert desk.do(wrong, "notify_cancellation")["state"] == "cancel_notified"


def test_a_clock_far_behind_what_sweeps_recorded_is_wrong(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_doubt, "system_clock", lambda: NOW)
    accepted, desk.context.clock_trouble = desk.accepted(), ClockDoubt(PARTING)
    with writing(desk.engine) as conn:
        conn.execute(update(tables.clock).values(high_water_mark=NOW + timedelta(hours=4)))
    assert "a sweep recorded" in desk.do(accepted, "notify_cancellation", 503)["detail"]


def test_a_clock_that_parts_from_passing_time_here_is_wrong(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[Any] = [Beat("boot", 0.0), Beat("boot", 60.0)]
    monkeypatch.setattr(clock_doubt, "steady_clock", lambda: beats[-1] if len(beats) == 1 else beats.pop(0))
    monkeypatch.setattr(clock_doubt, "system_clock", lambda: NOW - timedelta(days=1))
    accepted, desk.context.clock_trouble = desk.accepted(), ClockDoubt(PARTING)
    assert "as time has passed it is" in desk.do(accepted, "notify_cancellation", 503)["detail"]
    desk.do(accepted, "notify_cancellation", arrived_on="2022-04-22")


def test_rows_of_a_file_wait_without_a_day_of_their_own(desk: Desk, wrong: Json) -> None:
    row = "{},{},株式会社サンプル配信,premium,はい,はい"
    heads = "申込番号,受付日,契約者名,品目,法令遵守,権利処理済"
    lines = [heads, row.format("W-1", "2022-04-20"), row.format("W-2", ""), row.format("W-3", "4/20")]
    taken = desk.client.post("/v1/imports", content="\n".join(lines).encode()).json()
    assert (taken["new"], [error["row"] for error in taken["errors"]]) == (1, [3, 4])
    assert all("clock is wrong" in error["detail"] for error in taken["errors"])
    assert [one["reference"] for one in desk.get("/v1/contracts", q="W-")["items"]] == ["W-1"]
