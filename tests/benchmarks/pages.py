"""Every page on as many contracts as a sweep's, embedded database, warm: the slowest hundredth of its answers.

In one process, without the network: what is measured is the page, beside what it may take at most.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from time import perf_counter

import httpx2
from sqlalchemy import Engine, insert, text

from api.request.context import Context
from lifecycle.records import tables
from lifecycle.records.engine import writing
from lifecycle.records.search_folding import fold_people
from tests.api.desk import TOKEN, InContext
from tests.api.inprocess import ADDRESS, InProcess
from tests.benchmarks.contracts import fill, id_of
from tests.benchmarks.places import filled
from tests.benchmarks.report import Figure, Options, Wanted, percentile

NOW = datetime.fromisoformat("2026-01-20T09:00:00+09:00")
ASKED, WANTED, LIGHT = 200, Wanted("<", 100, " ms"), Wanted("<", 100, " KB")
_PART = 10_000
_RUNNING = """
UPDATE contract SET state = 'billing', notices = '[]', effective_on = NULL, decided_by = NULL, due_event = NULL,
due_at = NULL WHERE rowid % 20 > 0
"""
_FOUND = "/contracts/found?q="
_SEARCHES = {  # typed by what of it: signs, width, kana; what nothing holds is looked for to the end
    "a number": f"{_FOUND}{{id}}", "a reference": f"{_FOUND}R-{{half}}", "its end": f"{_FOUND}{{half}}",
    "one sign": f"{_FOUND}桜", "a sign of all": f"{_FOUND}社", "two signs": f"{_FOUND}佐藤",
    "of all": f"{_FOUND}放送", "three signs": f"{_FOUND}高橋企",
    "half width": f"{_FOUND}ｻｸﾗ放送{{half}}",
    "hiragana": f"{_FOUND}さくら放送{{half}}", "full width": f"{_FOUND}ＩＮＦＯ{{half}}",
    "twenty signs": f"{_FOUND}株式会社サクラ放送のどこにもない番号です",
    "a text of all in no state": "/contracts?q=放送&state=applied",
    "in a state": "/contracts?q=佐藤&state=billing",
    "a text of all and no item": "/contracts?q=放送&item=basic", "nothing": "/contracts?q=nothing",
}  # fmt: skip
_PATHS = (
    "/", "/?days=31", "/contracts", "/contracts?state=applied", "/contracts?item=basic", "/contracts/new",
    "/contracts/{id}", "/contracts/{id}/notify_cancellation", "/contracts/{id}/papers/acceptance", "/import",
    "/outages", "/pictures", "/terms",
)  # fmt: skip


def run(options: Options) -> Iterator[Figure]:
    """Measures every page, and each kind of search; of all pages the heaviest."""
    pages = {f"page `{path}`": path for path in _PATHS} | {f"search: {n}": path for n, path in _SEARCHES.items()}
    heaviest = 0
    with filled("sqlite", lambda engine: _fill(engine, options.rows)) as copies, copies() as engine:
        app = InContext(Context(engine, lambda: NOW, TOKEN))
        with httpx2.Client(transport=InProcess(app), base_url=ADDRESS, follow_redirects=True) as client:
            sign_in(client)
            for name, path in pages.items():
                half = options.rows // 2
                took, weight = _p99(client, path.format(id=id_of(half), half=half))
                heaviest = max(heaviest, weight)
                yield Figure(f"{name}, p99", "sqlite", options.rows, took, "ms", wanted=WANTED)
    yield Figure("the heaviest page", "sqlite", options.rows, heaviest / 1000, "KB", wanted=LIGHT)


def _p99(client: httpx2.Client, path: str) -> tuple[float, int]:
    """Milliseconds, and the bytes of the answer."""
    took, weight = [], 0
    for number in range(ASKED + 3):
        begun = perf_counter()
        answer = client.get(path)
        if number >= 3:  # warm
            took.append((perf_counter() - begun) * 1000)
        assert answer.status_code == 200, path
        weight = len(answer.content)
    return percentile(took, 99), weight


def sign_in(client: httpx2.Client) -> None:
    """Sign the client in as the administrator."""
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
    return {"contract_id": id_of(number), "salt": "0" * 64, "data": data, "search": fold_people(data)}
