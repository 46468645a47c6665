"""No client blocks others: unfinished bodies, unread answers, slow requests, many exports."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api.problems import Problem
from api.request import slow_lane, timeouts
from api.request.request_limits import ConcurrencyLimit
from api.request.slow_lane import SlowRequestQueue
from api.request.timeouts import HeadTimeoutProtocol
from tests.api.desk import START, Json
from tests.api.processes import WITH_TOKEN, Server

UNFINISHED = 200


def test_unfinished_bodies_do_not_block_other_requests(tmp_path: Path, document: Json, sqlite_url: str) -> None:
    """None of them has a token, and more of them wait than requests are worked on."""
    settings = WITH_TOKEN | {"LIFECYCLE_REQUESTS_AT_ONCE": "20"}
    words = ("serve", "--sandbox", "--now", START)
    with Server(tmp_path / "log", document, sqlite_url, *words, **settings) as server:
        head = "POST /v1/contracts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        head += "Content-Length: 50\r\n\r\n{"
        open_ = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(UNFINISHED)]
        for one in open_:
            one.sendall(head.encode())
        desk = server.desk()
        assert desk.get("/v1/clock")["sandbox"]
        assert desk.apply()["state"] == "applied"
        for one in open_:
            one.close()


def test_one_caller_gets_at_most_half_of_the_places() -> None:
    room = ConcurrencyLimit(4)
    with room.entered("a"), room.entered("a"):
        with pytest.raises(Problem), room.entered("a"):
            pass
        with room.entered("b"):
            pass
    with room.entered("a"):
        pass
    assert room.inside == 0 and not room.of_each


def test_slow_questions_are_answered_one_at_a_time_and_first_those_of_who_had_none() -> None:
    lane, order = SlowRequestQueue(), list[str]()

    async def ask(who: str) -> None:
        async with lane.turn(who):
            order.append(who)
            await asyncio.sleep(0.001)

    async def run() -> None:
        hostile = [asyncio.ensure_future(ask("a")) for _ in range(6)]
        await asyncio.sleep(0)
        await asyncio.gather(asyncio.ensure_future(ask("b")), *hostile)

    asyncio.run(run())
    assert order == ["a", "b", *["a"] * 5]
    assert not lane.busy and not lane.waiting


def test_a_request_is_slow_while_recent_requests_of_its_caller_were() -> None:
    lane = SlowRequestQueue()
    assert lane.is_slow(("a", "/v1/due"))  # nobody knows
    lane.note(("a", "/v1/due"), 0.001)
    assert not lane.is_slow(("a", "/v1/due")) and not lane.is_slow(("b", "/v1/due"))
    lane.note(("a", "/v1/due"), 1.4)
    assert lane.is_slow(("a", "/v1/due")) and lane.is_slow(("b", "/v1/due"))
    lane.note(("b", "/v1/due"), 0.001)
    assert not lane.is_slow(("b", "/v1/due"))
    for _ in range(10):
        lane.note(("a", "/v1/due"), 0.001)
    assert not lane.is_slow(("a", "/v1/due"))


def test_a_slow_request_that_waits_too_long_or_with_too_many_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_lane, "PATIENCE_S", 0.02)
    monkeypatch.setattr(slow_lane, "MOST_WAITING", 1)
    lane = SlowRequestQueue()

    async def ask(who: str, seconds: float = 0.0) -> str:
        try:
            async with lane.turn(who):
                await asyncio.sleep(seconds)
        except Problem as refused:
            return str(refused.detail)
        return "answered"

    async def run() -> list[str]:
        first = asyncio.ensure_future(ask("a", 0.1))
        await asyncio.sleep(0)
        given_up = asyncio.ensure_future(ask("c"))
        late, refused = (asyncio.ensure_future(ask("b")) for _ in range(2))
        await asyncio.sleep(0.001)
        given_up.cancel()
        found = [await late, await refused, await first, await ask("b")]
        await asyncio.gather(given_up, return_exceptions=True)
        return found

    assert asyncio.run(run()) == [
        "Other questions that take long are being answered.",
        "Too many questions of yours that take long are waiting.",
        "answered",
        "answered",
    ]
    assert not lane.busy


def test_an_answer_that_the_client_does_not_read_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeouts, "SEND_SECONDS", 0.3)
    ended = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(2_000):
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        ended.set()

    async def run() -> None:
        server = uvicorn.Server(
            uvicorn.Config(app, port=0, http=HeadTimeoutProtocol, log_config=None, lifespan="off")
        )
        serving = asyncio.ensure_future(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as unread:
            unread.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await asyncio.wait_for(ended.wait(), 10)  # what is sent after the end goes nowhere
        server.should_exit = True
        await serving

    asyncio.run(run())
