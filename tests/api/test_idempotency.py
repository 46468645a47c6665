"""Idempotency-Key: a client can repeat a request after a lost answer, and nothing takes effect twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from api.app import create_app
from api.imports import batch
from api.request.context import Context
from lifecycle.history import store
from lifecycle.people.tokens import issue_token
from lifecycle.records.engine import writing
from tests.api.desk import Desk, Json, path_of, served

KEY = {"Idempotency-Key": "order-desk-0001"}
REPLAYED = "Idempotency-Replayed"


def application(desk: Desk, **changes: Any) -> Json:
    return desk.application | {"reference": "K"} | changes


@pytest.fixture
def other(desk: Desk, document: Json) -> Iterator[Any]:
    """A client of another process on the same database: it knows nothing of this one's running keys."""
    context = desk.context
    second = Context(context.engine, context.clock, context.admin_token, sandbox=True)
    with served(create_app(second), document) as client:
        client.get("/healthz")  # builds all routes: not while another application is at work
        yield client


def test_the_first_answer_is_repeated_word_for_word(desk: Desk) -> None:
    first = desk.client.post("/v1/contracts", json=application(desk), headers=KEY)
    counts = desk.counts()
    desk.do(first.json(), "withdraw")
    again = desk.client.post("/v1/contracts", json=application(desk), headers=KEY)
    assert (again.status_code, again.content) == (201, first.content)
    for name in ("content-type", "etag", "location"):
        assert again.headers[name] == first.headers[name]
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    assert desk.counts()["contract"] == counts["contract"] == counts["idempotency"] == 1


@pytest.mark.parametrize("change", ["body", "path", "query"])
def test_the_key_of_another_request_is_refused(desk: Desk, change: str) -> None:
    contract = desk.apply()
    path, body = f"{path_of(contract)}/withdraw", {"reason": "as asked"}
    desk.post(path, body, headers=KEY)
    before = desk.counts()
    path = f"{path_of(contract)}/reject" if change == "path" else path
    body = {"reason": "otherwise"} if change == "body" else body
    problem = desk.post(path, body, 422, headers=KEY, **({"dry_run": False} if change == "query" else {}))
    assert problem == {
        "type": "/problems/key-reused",
        "title": "The idempotency key belongs to another request",
        "status": 422,
        "detail": "The same key came before with another method, path, query or body.",
        "instance": path,
        "errors": [{"pointer": "/header/Idempotency-Key", "detail": "belongs to another request"}],
    }
    assert desk.counts() == before


def test_a_repeated_key_gets_the_first_refusal_although_it_would_now_be_accepted(desk: Desk) -> None:
    contract = desk.apply()
    path = f"{path_of(contract)}/notify_cancellation"
    first = desk.client.post(path, json={}, headers=KEY)
    desk.accept(contract)
    again = desk.client.post(path, json={}, headers=KEY)
    assert (again.status_code, again.content) == (409, first.content)
    assert again.headers["content-type"] == "application/problem+json"
    assert again.headers[REPLAYED] == "true"
    assert desk.do(contract, "notify_cancellation")["state"] == "cancel_notified"


def test_an_invalid_request_does_not_use_up_its_idempotency_key(desk: Desk) -> None:
    contract = desk.apply()
    desk.post("/v1/contracts", application(desk, item="gold"), 422, headers=KEY)
    stale = KEY | {"If-Match": '"7"'}
    desk.post(f"{path_of(contract)}/withdraw", {}, 412, headers=stale)
    desk.post("/v1/contracts/c_00000000000000000000000000/withdraw", {}, 404, headers=KEY)
    assert desk.counts()["idempotency"] == 0
    desk.post("/v1/contracts", application(desk), 201, headers=KEY)


def test_a_dry_run_leaves_its_key_free(desk: Desk) -> None:
    desk.post("/v1/contracts", application(desk), headers=KEY, dry_run=True)
    assert desk.counts()["idempotency"] == 0
    answer = desk.client.post("/v1/contracts", json=application(desk), headers=KEY)
    assert (answer.status_code, REPLAYED in answer.headers) == (201, False)
    desk.post("/v1/contracts", application(desk, reference="K-2"), headers=KEY, dry_run=True)


def test_an_idempotency_key_belongs_to_its_principal(desk: Desk) -> None:
    with writing(desk.engine) as conn:
        token = issue_token(conn, "tanaka", ["order_desk"], desk.context.clock())
    mine = desk.post("/v1/contracts", application(desk), 201, headers=KEY)
    theirs = KEY | {"Authorization": f"Bearer {token}"}
    other = desk.post("/v1/contracts", application(desk, reference="K-2"), 201, headers=theirs)
    assert other["id"] != mine["id"]
    assert [desk.history(contract)[0]["actor"] for contract in (mine, other)] == ["admin", "tanaka"]


def blocked(monkeypatch: pytest.MonkeyPatch) -> tuple[Event, Event]:
    """Make the first application wait at the end of its transaction. Returns two events: reached, continue."""
    inside, go_on = Event(), Event()
    write = store.write_row_sets

    def waiting(*arguments: Any, **named: Any) -> Any:
        found = write(*arguments, **named)
        if not inside.is_set():
            inside.set()
            assert go_on.wait(10)
        return found

    monkeypatch.setattr(store, "write_row_sets", waiting)
    return inside, go_on


def test_a_request_still_running_is_not_started_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, go_on = blocked(monkeypatch)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(desk.client.post, "/v1/contracts", json=application(desk), headers=KEY)
        assert inside.wait(10)
        second = desk.client.post("/v1/contracts", json=application(desk), headers=KEY)
        go_on.set()
    assert second.json() == {
        "type": "/problems/still-running",
        "title": "The first request is still running",
        "status": 409,
        "detail": "A request with the same idempotency key is being worked on.",
        "instance": "/v1/contracts",
    }
    assert second.headers["Retry-After"] == "1"
    third = desk.client.post("/v1/contracts", json=application(desk), headers=KEY)
    assert (third.content, third.headers[REPLAYED]) == (first.result().content, "true")


def test_a_request_still_running_in_another_process_is_not_started_again(
    desk: Desk, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, go_on = blocked(monkeypatch)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(desk.client.post, "/v1/contracts", json=application(desk), headers=KEY)
        assert inside.wait(10)
        second = pool.submit(other.post, "/v1/contracts", json=application(desk), headers=KEY)
        if desk.engine.dialect.name == "postgresql":  # SQLite lets the second wait until the first is through
            assert second.result().json()["type"] == "/problems/still-running"
        go_on.set()
    last = other.post("/v1/contracts", json=application(desk), headers=KEY)
    assert (last.content, last.headers[REPLAYED]) == (first.result().content, "true")
    assert desk.counts()["contract"] == 1


def test_many_at_once_under_one_key_make_one_contract(desk: Desk, other: Any) -> None:
    def post(number: int) -> Any:
        client = other if number % 2 else desk.client
        return client.post("/v1/contracts", json=application(desk), headers=KEY)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(16)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert (len(made), desk.counts()["contract"], desk.counts()["history"]) == (1, 1, 1)


def test_an_answer_lost_after_the_commit_is_given_on_the_retry(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(context: Context) -> None:
        raise ConnectionError("gone between the commit and the answer")

    with monkeypatch.context() as fault:
        fault.setattr(batch, "notify_clock", gone)
        with pytest.raises(ConnectionError, match="gone"):
            desk.client.post("/v1/contracts", json=application(desk), headers=KEY)
    again = desk.client.post("/v1/contracts", json=application(desk), headers=KEY)
    assert (again.status_code, again.headers[REPLAYED]) == (201, "true")
    assert desk.counts()["contract"] == 1


def test_a_failed_notification_of_the_scheduler_does_not_change_the_answer(desk: Desk) -> None:
    def broken() -> None:
        raise OSError("no way to the alarm")

    desk.context.after_commit = broken
    assert desk.apply()["state"] == "applied"


def test_a_move_of_the_clock_is_answered_again_too(desk: Desk) -> None:
    desk.accepted()
    body = {"now": "2022-05-02T09:00:00+09:00"}
    first = desk.client.put("/v1/clock", json=body, headers=KEY)
    again = desk.client.put("/v1/clock", json=body, headers=KEY)
    assert first.json() == again.json() == body | {"fired": 1}
    assert again.headers[REPLAYED] == "true"
    assert desk.client.put("/v1/clock", json=body).json() == body | {"fired": 0}
