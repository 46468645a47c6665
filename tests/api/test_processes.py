"""Real processes: a sandbox and a live service are started, restarted, killed and resumed."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Semaphore

import httpx2
import pytest
import uvicorn
from sqlalchemy import Engine

from tests.api.desk import Desk, Invoke, Json, opened
from tests.api.processes import WITH_TOKEN, Process, Server, starting_now, until
from tests.postgres import as_login

NOW = "2022-04-01T09:00:00+09:00"
SANDBOX = ("serve", "--sandbox", "--now", NOW)


def from_application_to_termination(desk: Desk) -> Json:
    """Run the ten steps of a contract's lifecycle and return its final state."""
    contract = desk.apply(received_on="2022-04-01", options=[{"kind": "drm", "reference": "D"}])  # 1
    assert desk.show(contract)["state"] == "applied"
    desk.move_to("2022-04-22")  # 2
    desk.accept(contract, billing_starts_on="2022-05-01")  # 3
    desk.accept(contract["options"][0], billing_starts_on="2022-05-01")  # 4
    due = desk.get("/v1/due", until="2022-05-01T00:00:00+09:00")["items"]  # 5
    assert [row["event"] for row in due] == ["start_billing", "start_billing"]
    assert desk.move_to("2022-05-01")["fired"] == 2  # 6
    desk.move_to("2022-06-10")
    noticed = desk.do(contract, "notify_cancellation")  # 7
    assert noticed["cancellation"]["effective_on"] == "2022-07-10"
    assert desk.move_to("2022-07-10T23:59:59+09:00")["fired"] == 0  # 8
    assert desk.move_to("2022-07-11T00:00:00+09:00")["fired"] == 2  # 9
    over = desk.show(contract)  # 10
    assert (over["state"], over["terminated_on"], over["options"][0]["state"]) == (
        "terminated", "2022-07-10", "terminated",
    )  # fmt: skip
    assert len(desk.feed()) == 12  # three of them editions of the terms
    return over


def test_a_sandbox_keeps_its_time_and_data_after_a_restart(
    tmp_path: Path, document: Json, refused: Invoke
) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    with Server(tmp_path / "first", document, url, *SANDBOX) as first:
        assert "A sandbox: its time stands at 2022-04-01T09:00:00+09:00" in first.said
        token = first.printed_token
        assert token is not None and token.startswith("lc_")
        over = from_application_to_termination(first.desk(token))
        assert first.end() == 0
    assert "Traceback" not in first.said and token not in first.said
    (tmp_path / "new.db.credentials").unlink()
    with Server(tmp_path / "second", document, url, *SANDBOX[:2], **WITH_TOKEN) as second:
        assert (second.printed_token, token in second.said) == (None, False)
        for desk in (second.desk(token), second.desk()):  # the first one's token, and the administrator's
            assert desk.get("/v1/clock")["now"] == "2022-07-11T00:00:00+09:00"
            assert desk.show(over) == over
        assert httpx2.get(f"{second.address}/v1/clock").status_code == 401
        assert second.end(signal.SIGINT) == 0
    assert "this database is a sandbox; start with --sandbox" in refused("serve", "--database-url", url)
    assert "this sandbox already stands at" in refused(*SANDBOX, "--database-url", url)


@pytest.fixture
def refused(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Return the output of a command that must not start; a timeout stops it otherwise."""
    monkeypatch.setattr(uvicorn.Server, "run", None)
    return lambda *words: invoke(*words, status=1)


def test_a_live_service_runs_by_real_time_and_never_becomes_a_sandbox(
    tmp_path: Path, document: Json, refused: Invoke
) -> None:
    url = f"sqlite:///{tmp_path / 'live.db'}"
    with Server(tmp_path / "live", document, url, "serve", **WITH_TOKEN) as server:
        desk = server.desk()
        billed = until(desk, starting_now(desk, url), "billing")
        assert [row["actor"] for row in desk.history(billed)] == ["admin", "admin", "clock"]
        assert desk.get("/readyz")["status"] == "ready"
        assert desk.get("/v1/clock")["sandbox"] is False
        desk.move_to("2199-01-01", 403)
        assert server.end() == 0
    assert "Traceback" not in server.said
    assert "this database is live" in refused(*SANDBOX, "--database-url", url)


def test_an_api_and_a_scheduler_share_a_database(
    tmp_path: Path, document: Json, postgres_url: str, invoke: Invoke
) -> None:
    words = (
        "token",
        "create",
        "--name",
        "tanaka",
        "--role",
        "order_desk",
        "--role",
        "operator",
        "--database-url",
        postgres_url,
    )
    token = invoke(*words).strip()
    with (
        Process(tmp_path / "scheduler", "scheduler", "--database-url", postgres_url) as scheduler,
        Server(tmp_path / "api", document, as_login(postgres_url, "application"), "api") as server,
    ):
        desk = server.desk(token)
        billed = until(desk, starting_now(desk, postgres_url), "billing")
        assert [row["actor"] for row in desk.history(billed)] == ["tanaka", "tanaka", "clock"]
        assert server.printed_token is None
        assert (server.end(), scheduler.end()) == (0, 0)
    assert "Traceback" not in server.said + scheduler.said


def test_a_server_killed_amid_applications_has_received_each_once(
    engine: Engine, database_url: str, tmp_path: Path, document: Json
) -> None:
    number, answered = 30, Semaphore(0)
    settings = WITH_TOKEN | {"LIFECYCLE_SANDBOX": "true", "LIFECYCLE_NOW": NOW}

    def post(desk: Desk, application: int) -> str | None:
        """The id of the contract, or None where the answer was lost."""
        body = desk.application | {"reference": f"K-{application}"}
        try:
            response = desk.client.post(
                "/v1/contracts", json=body, headers={"Idempotency-Key": f"k-{application}"}
            )
        except httpx2.TransportError:
            return None
        answered.release()
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    with Server(tmp_path / "killed", document, database_url, "serve", "--sandbox", **settings) as server:
        desk = server.desk()
        with ThreadPoolExecutor(4) as pool:
            posts = [pool.submit(post, desk, application) for application in range(number)]
            for _ in range(8):
                answered.acquire()
            server.end(signal.SIGKILL)
        first = [sent.result() for sent in posts]
    assert 8 <= len([known for known in first if known]) < number
    with opened(engine, document) as desk:
        again = [post(desk, application) for application in range(number)]
        assert all(new == old for new, old in zip(again, first, strict=True) if old is not None)
        assert desk.counts()["contract"] == len(set(again)) == number
        assert [row["event"] for row in desk.feed() if row["kind"] == "contract"] == ["apply"] * number
