"""Every page on as many contracts as a sweep's, embedded database, warm: the slowest hundredth of its answers.

In one process, without the network: what is measured is the page, beside what it may take at most.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from time import perf_counter

import httpx2
from sqlalchemy import Engine, insert, text

from api.context import Context
from lifecycle.desk.applications import folded
from lifecycle.records import tables
from lifecycle.records.engine import writing
from tests.api.desk import TOKEN, InContext
from tests.api.inprocess import ADDRESS, InProcess
from tests.benchmarks.contracts import fill, id_of
from tests.benchmarks.places import filled
from tests.benchmarks.report import Figure, Options, Wanted, percentile

NOW = datetime.fromisoformat("2026-01-20T09:00:00+09:00")
ASKED, WANTED = 200, Wanted("<", 100)  # milliseconds
_PART = 10_000
_RUNNING = """
UPDATE contract SET state = 'billing', notices = '[]', effective_on = NULL, decided_by = NULL, due_event = NULL,
due_at = NULL WHERE rowid % 20 > 0
"""
_PATHS = (
    "/", "/?days=31", "/contracts", "/contracts?q=nothing", "/contracts/found?q=ｻｸﾗ放送99", "/contracts/new",
    "/contracts/{id}", "/contracts/{id}/notify_cancellation", "/outages", "/pictures", "/terms",
)  # fmt: skip


def run(options: Options) -> Iterator[Figure]:
    """Measures every page."""
    with filled("sqlite", lambda engine: _fill(engine, options.rows)) as copies, copies() as engine:
        app = InContext(Context(engine, lambda: NOW, TOKEN))
        with httpx2.Client(transport=InProcess(app), base_url=ADDRESS, follow_redirects=True) as client:
            _sign_in(client)
            for path in _PATHS:
                took = _p99(client, path.format(id=id_of(options.rows // 2)))
                yield Figure(f"page `{path}`, p99", "sqlite", options.rows, took, "ms", wanted=WANTED)


def _p99(client: httpx2.Client, path: str) -> float:
    took = []
    for number in range(ASKED + 3):
        begun = perf_counter()
        answer = client.get(path)
        if number >= 3:  # warm
            took.append((perf_counter() - begun) * 1000)
        assert answer.status_code == 200, path
    return percentile(took, 99)


def _sign_in(client: httpx2.Client) -> None:
    found = re.search(r'name="csrf" value="(\w+)"', client.get("/sign-in").text)
    assert found
    sent = {"csrf": found[1], "token": TOKEN, "next": "/terms"}
    assert client.post("/sign-in", data=sent, headers={"Origin": ADDRESS}).status_code == 200


def _fill(engine: Engine, number: int) -> None:
    """One in twenty contracts with a notice, all with their customers' names."""
    fill(engine, number, notified=True)
    with writing(engine) as conn:
        conn.execute(text(_RUNNING))
    for start in range(0, number, _PART):
        rows = [_personal(n) for n in range(start, min(start + _PART, number))]
        with writing(engine) as conn:
            conn.execute(insert(tables.personal), rows)


def _personal(number: int) -> dict[str, object]:
    person = {"name": f"株式会社サクラ放送{number}", "email": f"info{number}@example.co.jp"}
    data = {"customer": person, "administrator": person}
    return {"contract_id": id_of(number), "salt": "0" * 64, "data": data, "search": folded(data)}
