"""Limits: request rate, failures, concurrency, duration, and the number of ends per hour."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api.problems import Problem
from api.request import timeouts
from api.request.context import Context
from api.request.request_limits import MOST_KEYS, ConcurrencyLimit, RateLimit, RequestLimits
from api.request.timeouts import HeadTimeoutProtocol, Timeouts
from tests.api.desk import START, TOKEN, Desk, Json, path_of
from tests.api.processes import WITH_TOKEN, Server
from tests.api.test_four_eyes import approve, proposed
from tests.api.test_roles import Headers, bearer


@contextmanager
def bounded(desk: Desk, **bounds: Any) -> Iterator[None]:
    """The desk under other bounds."""
    context: Context = desk.context
    before = context.bounds
    context.bounds = replace(before, **bounds)
    context.__post_init__()
    yield
    context.bounds = before
    context.__post_init__()


def refused(response: Any) -> int:
    """Return the seconds that a 429 answer says to wait."""
    assert response.status_code == 429, response.text
    assert response.json()["type"].endswith("too-many")
    return int(response.headers["retry-after"])


def test_a_bucket_is_full_at_first_and_fills_evenly() -> None:
    at = 0.0
    bucket = RateLimit(6, lambda: at)
    for _ in range(6):
        bucket.take("a")
    with pytest.raises(Problem) as refusal:
        bucket.take("a")
    assert refusal.value.headers["Retry-After"] == "10"
    assert refusal.value.headers["RateLimit"] == '"minute";r=0;t=60'
    bucket.take("b")
    at = 9.9
    with pytest.raises(Problem):
        bucket.take("a")
    at = 10.0
    bucket.take("a")
    with pytest.raises(Problem):
        bucket.take("a")


def test_buckets_do_not_grow_without_end() -> None:
    bucket = RateLimit(1, lambda: 0.0)
    for number in range(MOST_KEYS + 50):
        bucket.take(str(number))
    assert len(bucket.kept) == MOST_KEYS


def test_a_token_over_its_rate_is_answered_429_and_others_are_not(desk: Desk) -> None:
    fast, other = bearer(desk, "viewer", name="fast"), bearer(desk, "viewer", name="other")
    with bounded(desk, rate_per_minute=3):
        answers = [desk.client.get("/v1/contracts", headers=fast) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert 1 <= refused(answers[-1]) <= 20
        assert desk.client.get("/v1/contracts", headers=other).status_code == 200
        assert desk.client.get("/healthz").status_code == 200


def test_every_answer_has_headers_with_the_rest_of_the_rate(desk: Desk) -> None:
    assert not [name for name in desk.client.get("/v1/clock").headers if name.startswith("ratelimit")]
    with bounded(desk, rate_per_minute=3):
        left = [desk.client.get("/v1/clock").headers for _ in range(4)]
        assert [one["RateLimit-Remaining"] for one in left] == ["2", "1", "0", "0"]
        assert {one["RateLimit-Policy"] for one in left} == {'"minute";q=3;w=60'}
        assert 0 < int(left[0]["RateLimit-Reset"]) <= 20 < int(left[3]["RateLimit-Reset"]) <= 60


def test_bad_tokens_from_one_address_are_slowed_down_and_a_good_one_is_not(desk: Desk) -> None:
    with bounded(desk, failures_per_minute=2):
        wrong = [desk.client.get("/v1/contracts", headers={"Authorization": f"Bearer lc_{n}"}) for n in range(3)]
        assert [answer.status_code for answer in wrong] == [401, 401, 429]
        assert 1 <= refused(wrong[-1]) <= 30
        assert desk.client.get("/v1/contracts").status_code == 200


def test_the_concurrency_limit_refuses_further_requests() -> None:
    room = ConcurrencyLimit(1)
    with room.entered():
        with pytest.raises(Problem) as refusal, room.entered():
            pass
        assert (refusal.value.status, refusal.value.headers) == (503, {"Retry-After": "5"})
    with room.entered():
        pass
    with ConcurrencyLimit(0).entered(), ConcurrencyLimit(0).entered():
        pass


@pytest.fixture
def tanaka(desk: Desk) -> Headers:
    return bearer(desk, "order_desk", "operator", name="tanaka")


def notice(desk: Desk, contract: Json, who: Headers, status: int = 200, **query: object) -> Json:
    return desk.post(f"{path_of(contract)}/notify_cancellation", {}, status, headers=who, **query)


def test_ends_in_great_number_wait_for_a_second_person(desk: Desk, tanaka: Headers) -> None:
    contracts = [desk.accepted() for _ in range(4)]
    with bounded(desk, ends_per_hour=2):
        notice(desk, contracts[0], tanaka)
        end = {"ends_on": "2022-05-31", "ground": "Art. 9", "reason": "unpaid"}
        desk.post(f"{path_of(contracts[1])}/end_by_company", end, headers=tanaka)
        assert notice(desk, contracts[2], tanaka, dry_run=True)["state"] == "cancel_notified"
        waiting = proposed(desk, contracts[2], "notify_cancellation", tanaka)
        assert desk.show(contracts[2])["state"] == "accepted"
        notice(desk, contracts[3], bearer(desk, "order_desk", name="ito"))  # another person's first
        desk.move_to("2022-04-25")
        assert approve(desk, waiting, tanaka, 403)["type"].endswith("second-person")
        done = approve(desk, waiting, bearer(desk, "order_desk", name="sato"))["contract"]
        assert done["cancellation"]["notices"][0]["arrived_on"] == "2022-04-22"  # when it was proposed
        rows = [row for row in desk.history(contracts[2]) if row["event"] == "notify_cancellation"]
        assert [(row["actor"], row["approver"]) for row in rows] == [("tanaka", "sato")]


def test_an_hour_later_ends_are_entered_by_one_again(desk: Desk, tanaka: Headers) -> None:
    first, second = desk.accepted(), desk.accepted()
    with bounded(desk, ends_per_hour=1):
        notice(desk, first, tanaka)
        proposed(desk, second, "notify_cancellation", tanaka)
        desk.move_to("2022-04-22T10:00:00+09:00")
        notice(desk, second, tanaka)


def asked(app: Timeouts, path: str = "/x", *, more_body: bool = False) -> Any:
    """Return the status and headers of an application's answer."""

    async def run() -> list[Any]:
        sent: list[Any] = []
        never = asyncio.Event()

        async def receive() -> Any:
            if more_body:
                await never.wait()
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "path": path, "method": "POST", "headers": [], "query_string": b"", "app": None}
        running = asyncio.ensure_future(app(scope, receive, send))
        while not any(message["type"] == "http.response.body" for message in sent):
            await asyncio.sleep(0.005)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return sent

    found = asyncio.run(asyncio.wait_for(run(), 5))
    starts = [message for message in found if message["type"] == "http.response.start"]
    assert len(starts) == 1
    return starts[0]["status"], {name.decode(): value.decode() for name, value in starts[0]["headers"]}


async def _asleep(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await asyncio.sleep(60)


def test_a_request_is_answered_in_time_however_long_its_work_takes() -> None:
    status, headers = asked(Timeouts(_asleep, RequestLimits(request_seconds=0.05)))
    assert (status, headers["retry-after"]) == (503, "5")


def test_a_body_that_is_not_sent_times_out() -> None:
    status, headers = asked(Timeouts(_asleep, RequestLimits(request_seconds=0.05)), more_body=True)
    assert (status, headers["connection"]) == (408, "close")


def test_more_requests_than_are_worked_on_are_sent_away_at_once() -> None:
    app = Timeouts(_asleep, RequestLimits(requests_at_once=1))
    app.running = 1
    status, headers = asked(app)
    assert (status, headers["retry-after"]) == (503, "1")


def test_a_server_ends_slow_requests_and_counts_closed_connections(
    tmp_path: Path, document: Json, sqlite_url: str
) -> None:
    settings = WITH_TOKEN | {"LIFECYCLE_REQUEST_SECONDS": "0.3", "LIFECYCLE_RATE_PER_MINUTE": "5"}
    words = ("serve", "--sandbox", "--now", START)
    with Server(tmp_path / "log", document, sqlite_url, *words, **settings) as server:
        head = f"POST /v1/contracts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}"
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as slow:
            slow.sendall(f"{head}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{{".encode())
            said = b"".join(iter(lambda: slow.recv(4096), b"")).decode()
        assert said.startswith("HTTP/1.1 408 ") and "/problems/slow" in said
        with socket.create_connection(("127.0.0.1", server.port)) as leaving:
            form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 50"
            leaving.sendall(f"POST /sign-in HTTP/1.1\r\nHost: x\r\n{form}\r\n\r\ntoken=".encode())
        client = server.desk().client
        assert [client.get("/v1/clock").status_code for _ in range(6)] == [200] * 5 + [429]
        while 'status="499"' not in (told := client.get("/metrics").text):
            time.sleep(0.01)
        assert 'status="500"' not in told and '"level": "error"' not in server.said


def test_a_head_sent_byte_by_byte_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeouts, "HEAD_SECONDS", 0.3)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def run() -> tuple[bytes, float]:
        server = uvicorn.Server(
            uvicorn.Config(app, port=0, http=HeadTimeoutProtocol, log_config=None, lifespan="off")
        )
        serving = asyncio.ensure_future(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        fine = await reader.readuntil(b"\r\n")
        begun = time.monotonic()
        other_reader, other = await asyncio.open_connection("127.0.0.1", port)
        while not other_reader.at_eof() and time.monotonic() < begun + 3:
            other.write(b"G")
            await asyncio.sleep(0.05)
        lasted = time.monotonic() - begun
        writer.close(), other.close()
        server.should_exit = True
        await serving
        return fine, lasted

    fine, lasted = asyncio.run(run())
    assert fine == b"HTTP/1.1 204 No Content\r\n"
    assert lasted < 2
