"""The time of a sandbox is fixed and moves on request; every answer has the sandbox header."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from time import sleep
from typing import Any

import pytest
from sqlalchemy import Engine

from api.request.context import Context
from tests.api.desk import START, TOKEN, Desk, InContext, Json, served

MOVE = {"now": "2022-05-01T00:00:00+09:00"}


@pytest.fixture
def live(engine: Engine, document: Json) -> Iterator[Any]:
    """A client of a service on real time, which is frozen for the test."""
    context = Context(engine, lambda: datetime.fromisoformat(START), TOKEN)
    with served(InContext(context), document, sandbox=False) as client:
        yield client


def test_the_time_of_a_sandbox_is_fixed_until_it_is_moved(desk: Desk) -> None:
    shown = {"now": START, "sandbox": True, "oldest_overdue_s": None}
    assert desk.get("/v1/clock") == desk.get("/v1/clock") == shown
    desk.accepted()
    assert desk.move_to("2022-04-30T14:59:59Z") == {"now": "2022-04-30T23:59:59+09:00", "fired": 0}
    assert desk.move_to(MOVE["now"]) == MOVE | {"fired": 1}
    assert desk.get("/v1/clock") == shown | MOVE


def test_everything_is_recorded_at_the_instant_at_which_it_fell_due(desk: Desk) -> None:
    contract = desk.do(desk.accepted(), "notify_cancellation")
    desk.move_to("2023-01-01")
    rows = desk.history(contract)[-2:]
    assert [(row["event"], row["effective_at"], row["recorded_at"]) for row in rows] == [
        ("start_billing", "2022-05-01T00:00:00+09:00", "2022-05-01T00:00:00+09:00"),
        ("terminate", "2022-06-01T00:00:00+09:00", "2022-06-01T00:00:00+09:00"),
    ]


def test_the_clock_of_a_sandbox_never_moves_back(desk: Desk) -> None:
    assert desk.move_to(START) == {"now": START, "fired": 0}
    for rehearsal in ({}, {"dry_run": True}):
        answer = desk.client.put("/v1/clock", json={"now": "2022-04-21T23:59:59Z"}, params=rehearsal)
        assert (answer.status_code, answer.json()) == (
            409,
            {
                "type": "/problems/backwards",
                "title": "Time only moves forward",
                "status": 409,
                "detail": f"It is {START} already.",
                "instance": "/v1/clock",
            },
        )
    assert desk.get("/v1/clock")["now"] == START


def test_the_time_of_a_live_service_is_not_moved(live: Any) -> None:
    answer = live.put("/v1/clock", json=MOVE)
    assert (answer.status_code, answer.json()) == (
        403,
        {
            "type": "/problems/not-a-sandbox",
            "title": "This is no sandbox",
            "status": 403,
            "detail": "The time of a live service is the real one.",
            "instance": "/v1/clock",
        },
    )
    assert live.get("/v1/clock").json() == {"now": START, "sandbox": False, "oldest_overdue_s": None}


def test_more_readers_than_connections_are_all_answered(desk: Desk) -> None:
    """The sandbox stores its time in the database: a reader of the time must not hold a connection already."""
    contract, clock = desk.apply(), desk.context.clock

    def slowly() -> datetime:
        sleep(0.1)
        return clock()

    desk.context.clock = slowly
    with ThreadPoolExecutor(30) as pool:
        assert list(pool.map(lambda _: desk.show(contract), range(30))) == [contract] * 30


def test_the_clock_shows_how_long_the_oldest_timer_is_overdue(desk: Desk) -> None:
    desk.accepted()
    desk.context.clock = lambda: datetime.fromisoformat("2022-05-01T00:00:02.500+09:00")
    assert desk.get("/v1/clock")["oldest_overdue_s"] == 2.5
    told = desk.get("/readyz")["checks"]["oldest_overdue"]
    assert told == {"ok": True, "severity": "alarm", "detail": "2 s"}
    desk.context.clock = lambda: datetime.fromisoformat("2022-05-01T00:01:01+09:00")
    late = desk.get("/readyz")
    assert (late["status"], late["checks"]["oldest_overdue"]["detail"]) == ("ready", "61 s")
    assert late["checks"]["oldest_overdue"]["ok"] is False


ANSWERS = [
    ("GET", "/v1/clock", 200), ("GET", "/v1/contracts", 200), ("POST", "/v1/contracts", 422),
    ("GET", "/v1/contracts/x", 404), ("GET", "/nowhere", 404), ("DELETE", "/v1/clock", 405),
    ("GET", "/healthz", 200), ("GET", "/readyz", 200), ("GET", "/docs", 200), ("GET", "/openapi.json", 200),
    ("GET", "/redoc", 200), ("GET", "/static-offline-docs/swagger-ui.css", 200),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_of_a_sandbox_has_the_sandbox_header(
    standing_desk: Desk, method: str, path: str, status: int
) -> None:
    answer = standing_desk.client.request(method, path)
    assert (answer.status_code, answer.headers["X-Lifecycle-Sandbox"]) == (status, "true")


def test_refusals_of_a_sandbox_have_the_sandbox_header(standing_desk: Desk) -> None:
    stranger = standing_desk.client.get("/v1/clock", headers={"Authorization": "Bearer nobody's"})
    flood = standing_desk.client.post("/v1/contracts", content=b" " * 300_000)
    for answer, status in ((stranger, 401), (flood, 413)):
        assert (answer.status_code, answer.headers["X-Lifecycle-Sandbox"]) == (status, "true")


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_no_answer_of_a_live_service_has_the_sandbox_header(
    live: Any, method: str, path: str, status: int
) -> None:
    answer = live.request(method, path)
    assert (answer.status_code, "X-Lifecycle-Sandbox" in answer.headers) == (status, False)
