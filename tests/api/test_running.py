"""/v1/scheduler, /v1/parked, /readyz and /metrics: held and parked rows are visible and can be resumed."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from lifecycle.records import tables
from lifecycle.records.engine import writing
from lifecycle.timers.sweep import sweep
from tests.api.desk import START, Desk, Invoke, Json
from tests.api.running_scenes import NOW, SCENES, held, set_aside, somebody
from tests.postgres import owning

MADE = {"mail-mail_paper", "mail-send_test"}  # what makes something new


def metrics(desk: Desk) -> dict[str, float]:
    """The page of metrics as numbers, by name and labels."""
    lines = desk.client.get("/metrics").text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_a_tripped_fuse_is_seen_everywhere_and_resumed_on_record(desk: Desk) -> None:
    path, body = held(desk)
    assert desk.get("/readyz")["checks"]["fuse"] == {
        "ok": False, "severity": "alarm", "detail": "ends wait for a person: far more than forecast"
    }  # fmt: skip
    assert metrics(desk)["lifecycle_fuse_tripped"] == 1
    before = desk.get("/v1/scheduler")
    assert (before["state"], before["held_since_at"], before["because"]) == (
        "holding", START, "far more than forecast"
    )  # fmt: skip
    after = desk.post(path, body)
    assert (after["state"], after["held_since_at"]) == ("running", None)
    assert [(row["event"], row["actor"], row["reason"]) for row in after["logbook"]] == [
        ("resume", "admin", "looked into"), ("trip", "clock", "far more than forecast"),
    ]  # fmt: skip
    assert desk.get("/readyz")["checks"]["fuse"]["ok"] is True
    assert metrics(desk)["lifecycle_fuse_tripped"] == 0
    assert desk.post(path, body, 409)["type"] == "/problems/nothing-held"


@pytest.mark.parametrize("name", sorted(SCENES.keys() - MADE))
def test_a_dry_run_stores_nothing_and_a_key_does_it_once(desk: Desk, name: str) -> None:
    desk.context.wall = lambda: NOW
    path, body = SCENES[name](desk)
    before, key = desk.counts(), {"Idempotency-Key": "ops-1"}
    rehearsed = desk.post(path, body, dry_run=True)
    assert desk.counts() == before
    assert desk.post(path, body, headers=key) == desk.post(path, body, headers=key) == rehearsed
    assert desk.counts()["logbook"] == before["logbook"] + 1


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_dry_run_queues_no_message_and_a_key_queues_one(desk: Desk, name: str) -> None:
    path, body = SCENES[name](desk)
    before, key = desk.counts(), {"Idempotency-Key": "ops-1"}
    desk.post(path, body, dry_run=True)
    assert desk.counts() == before
    assert desk.post(path, body, 201, headers=key) == desk.post(path, body, 201, headers=key)
    assert desk.counts()["mail"] == before["mail"] + 1


def test_a_reason_is_needed(desk: Desk) -> None:
    for path, _ in (held(desk), set_aside(desk)):
        assert desk.post(path, {}, 422)["errors"] == [{"pointer": "/reason", "detail": "is required"}]


def test_commands_that_would_end_a_held_contract_are_answered_503(desk: Desk) -> None:
    contract = desk.do(desk.accepted(), "notify_cancellation")
    held(desk)
    desk.context.clock = lambda: NOW + timedelta(days=100)
    answer = desk.client.post(f"/v1/contracts/{contract['id']}/revoke_cancellation", json={"reason": "agreed"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert answer.json()["type"] == "/problems/held"


def test_a_parked_timer_is_listed_with_its_reason_and_retried_on_record(desk: Desk) -> None:
    path, body = set_aside(desk)
    listed = desk.get("/v1/parked")
    assert listed["next"] is None
    (timer,) = listed["items"]
    assert (timer["event"], timer["tries"], timer["reason"], timer["retry_at"]) == (
        "start_billing", 5, "KeyError: 'x'", None
    )  # fmt: skip
    assert metrics(desk)["lifecycle_parked"] == 1
    assert desk.post(path, body) == timer
    assert desk.get("/v1/parked")["items"] == []
    entry = desk.get("/v1/scheduler")["logbook"][0]
    assert (entry["event"], entry["actor"], entry["reason"], entry["subject"]) == (
        "retry", "admin", "looked into", timer["id"]
    )  # fmt: skip
    desk.post(path, body, 404)


def test_parked_timers_are_returned_in_pages(desk: Desk) -> None:
    ids = sorted(set_aside(desk)[0].split("/")[3] for _ in range(3))
    first = desk.get("/v1/parked", limit=2)
    rest = desk.get("/v1/parked", limit=2, cursor=first["next"])
    assert [timer["id"] for timer in first["items"] + rest["items"]] == ids
    assert rest["next"] is None


def test_the_metrics_count_sweeps_requests_and_pool_connections(desk: Desk) -> None:
    fired, before = 'lifecycle_fired_total{event="start_billing",kind="contract"}', metrics(desk)
    desk.accepted()
    desk.move_to("2022-05-01")
    desk.get("/v1/contracts/c_00000000000000000000000000", 404)
    told = metrics(desk)
    assert told[fired] - before[fired] == 1  # a process counts its own work
    assert (
        told['lifecycle_http_requests_total{method="GET",route="/v1/contracts/{contract_id}",status="404"}'] >= 1
    )
    assert told['lifecycle_http_request_seconds_count{method="POST",route="/v1/contracts"}'] >= 1
    assert told["lifecycle_pending"] == 3
    assert told["lifecycle_database_up"] == 1
    assert told["lifecycle_sweeps_total"] > before["lifecycle_sweeps_total"]
    assert 'lifecycle_database_pool{state="in_use"}' in told


def test_a_clock_behind_the_sweeps_is_an_alarm(desk: Desk) -> None:
    with writing(desk.engine) as conn:
        conn.execute(update(tables.clock).values(high_water_mark=NOW + timedelta(seconds=61)))
    assert desk.get("/readyz")["checks"]["clock"]["ok"] is False
    assert metrics(desk)["lifecycle_clock_behind_seconds"] == 61


def test_the_same_from_the_command_line(desk: Desk, database_url: str, invoke: Invoke) -> None:
    subject = set_aside(desk)[0].split("/")[3]
    held(desk)
    to = ("--database-url", database_url)
    assert subject in invoke("parked", "list", *to)
    why = ("--reason", "looked into", "--by", "tanaka", *to)
    assert "on record" in invoke("parked", "retry", subject, *why)
    assert "no timer of" in invoke("parked", "retry", subject, *why, status=1)
    assert "on record" in invoke("scheduler", "resume", *why)
    assert "nothing is held" in invoke("scheduler", "resume", *why, status=1)
    told = invoke("scheduler", "log", *to)
    assert told.index("resume") < told.index("retry") and told.count("tanaka") == 2 and subject in told


@pytest.mark.parametrize("command", [("scheduler", "resume"), ("parked", "retry", "c_0")])
def test_the_command_line_wants_a_reason_too(command: tuple[str, ...], invoke: Invoke) -> None:
    assert "--reason" in invoke(*command, status=2)


def test_the_operations_log_cannot_be_changed(desk: Desk) -> None:
    held(desk)
    for statement in ("UPDATE logbook SET reason = 'none'", "DELETE FROM logbook"):
        with pytest.raises(Exception, match="append-only"), owning(desk.engine) as owner, writing(owner) as conn:
            conn.exec_driver_sql(statement)


def test_a_sandbox_moves_over_years_without_the_fuse(desk: Desk) -> None:
    contract: Json = desk.do(desk.accepted(), "notify_cancellation")
    desk.move_to("2030-01-01")
    assert desk.show(contract)["state"] == "terminated"
    assert desk.get("/v1/scheduler")["state"] == "running"
    sweep(desk.engine, desk.context.clock())


def test_the_command_line_lists_who_is_signed_in_and_ends_it(desk: Desk, invoke: Invoke) -> None:
    given = ("--database-url", desk.engine.url.render_as_string(hide_password=False))
    somebody(desk)
    assert "person:sato" in invoke("sessions", "list", *given)
    words = ("sessions", "end", "--name", "person:sato", "--reason", "left the company", "--by", "tanaka", *given)
    assert (invoke(*words), invoke(*words)) == ("1 ended.\n", "0 ended.\n")
    assert "person:sato" not in invoke("sessions", "list", *given)
    (note,) = desk.get("/v1/scheduler")["logbook"]
    assert (note["actor"], note["reason"]) == ("tanaka", "person:sato: left the company")
