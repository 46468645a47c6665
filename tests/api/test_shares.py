"""Nobody takes the service away from others: unfinished bodies, unread answers, heavy questions, many files."""

import asyncio
import socket
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import uvicorn

from api.problems import Problem
from api.request import timeouts
from api.request.request_limits import ConcurrencyLimit, Shares
from api.request.timeouts import HeadTimeoutProtocol
from tests.api.desk import START, Json
from tests.api.processes import WITH_TOKEN, Server

UNFINISHED = 200


def test_unfinished_bodies_take_no_place_from_others(tmp_path: Path, document: Json, sqlite_url: str) -> None:
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


def test_one_caller_takes_half_of_the_room_and_others_find_the_rest() -> None:
    room = ConcurrencyLimit(4)
    with room.entered("a"), room.entered("a"):
        with pytest.raises(Problem), room.entered("a"):
            pass
        with room.entered("b"):
            pass
    with room.entered("a"):
        pass
    assert room.inside == 0 and not room.of_each


def test_the_heavy_questions_of_one_caller_wait_for_each_other_and_for_nobody_else() -> None:
    shares, running, most = Shares(2), {"a": 0, "b": 0}, {"a": 0, "b": 0}

    async def ask(who: str) -> None:
        async with shares.turn(who):
            running[who] += 1
            most[who] = max(most[who], running[who])
            await asyncio.sleep(0.01)
            running[who] -= 1

    async def run() -> float:
        hostile = [asyncio.ensure_future(ask("a")) for _ in range(50)]
        await asyncio.sleep(0.005)
        begun = monotonic()
        await ask("b")
        passed = monotonic() - begun
        await asyncio.gather(*hostile)
        return passed

    assert asyncio.run(run()) < 0.2
    assert most == {"a": 2, "b": 1} and shares.kept == {}


def test_an_answer_that_nobody_reads_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
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
