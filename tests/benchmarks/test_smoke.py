"""Every benchmark runs, on little, the longest in full alone; what it measures is not judged here."""

import argparse
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from lifecycle.records.engine import open_engine, reading, writing
from lifecycle.records.mapping import load
from tests.api.loaded import start
from tests.api.processes import CLEAN, PATIENCE
from tests.benchmarks import __main__ as benchmarks
from tests.benchmarks import (
    applications,
    clients,
    cliff,
    endurance,
    floors,
    folding,
    large,
    lateness,
    measured,
    memory,
    neighbours,
    rehearsing,
    scale,
    service,
)
from tests.benchmarks.contracts import contract, copy_patterns, fill, patterns
from tests.benchmarks.peers import alone, book
from tests.benchmarks.peers.names import PEERS, installed, module_of
from tests.benchmarks.places import filled
from tests.benchmarks.report import Figure, Options, Result, Wanted, table
from tests.benchmarks.sweeping import DUE_AT
from tests.commands.proof import verify
from tests.docs.pages import ROOT, text
from tests.how_many import only_in_full
from tests.scheduler import books

LITTLE = Options(rows=1200, repeats=1, kinds=("sqlite",), due=30, firings=3, table=1200, clients=2, seconds=0.3)
NOT_YET = "Not measured yet.\n"
PAGE = ROOT / "docs" / "benchmarks.md"


@pytest.fixture(autouse=True)
def forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes are forked off a loaded program."""

    @contextmanager
    def process(*words: str, **settings: str) -> Iterator[int | None]:
        child = start(words[2:], CLEAN | settings, tmp_path / "log", module=words[1])
        yield child.pid
        child.terminate()
        child.join(PATIENCE)

    monkeypatch.setattr(service, "process", process)


def test_copies_in_sql_are_what_python_makes(engine: Engine) -> None:
    fill(engine, 1700, notified=True)
    made = patterns(notified=True)[650]
    with reading(engine) as conn:
        assert load(conn, contract(made, 1650).id).contract == contract(made, 1650)


@only_in_full
def test_little_is_swept_measured_and_weighed() -> None:
    with filled("sqlite", lambda engine: fill(engine, 40, notified=True)) as copies:
        assert scale.seconds(copies, 40, "sqlite") > 0
        assert 20 < memory.peak(copies, 40) < 2000


@only_in_full
def test_a_file_of_terms_is_rehearsed_over_a_book() -> None:
    found = list(rehearsing.rehearsing(replace(LITTLE, rows=400)))
    assert [figure.unit for figure in found] == ["s", "s", "MiB"]


def test_a_late_fact_is_set_beside_one_in_time() -> None:
    found = list(folding.folds(replace(LITTLE, commands=2)))
    assert [one.items for one in found] == [2, 2] and all(one.value > 0 and one.other for one in found)


@only_in_full
def test_a_timer_is_watched(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    copy_patterns(engine, patterns(notified=True, chosen_on=lateness.FAR), 3)
    late = lateness.one_process(engine, LITTLE)
    assert len(late) == 3 and all(0 <= ms < 5000 for ms in late)
    engine.dispose()


@pytest.mark.parametrize(
    "name", [name for name, peer in PEERS.items() if "sqlite" in peer.kinds and name != "dbos"]
)
def test_a_peer_fires_each_once(name: str, sqlite_url: str) -> None:
    if not installed(name):
        pytest.skip("its library comes with make bench")
    engine = open_engine(sqlite_url)
    copy_patterns(engine, patterns(notified=True), 30)
    assert len(book.copy_due(engine, DUE_AT)) == 30
    engine.dispose()
    module = module_of(name)
    module.prepare(sqlite_url)
    assert alone.fired(name, sqlite_url) == 0
    getattr(module, PEERS[name].fire)(sqlite_url)
    assert alone.fired(name, sqlite_url) == 30


@only_in_full
def test_desks_work_while_a_sweep_runs(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cliff, "ROOM", 1000)
    engine = open_engine(postgres_url)
    cliff._fill(engine, replace(LITTLE, rows=2000))
    idle, busy, stuck, seconds, number = cliff._once(engine, tmp_path, replace(LITTLE, rows=2000))
    assert seconds >= 0 and stuck >= 0 and not (idle < 0 or busy < 0 or number < 0)
    engine.dispose()


@only_in_full
def test_waits_are_looked_for(postgres_url: str, tmp_path: Path) -> None:
    engine = open_engine(postgres_url)
    copy_patterns(engine, patterns(notified=False), 1000)
    per_second, ms, _, looks = clients._once(engine, tmp_path, 2, 0.3, processes=1)
    assert per_second > 0 and ms and looks > 0
    engine.dispose()


@only_in_full
def test_applications_are_sent_and_answered(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applications, "PATHS", {"one raw transaction": floors.RAW})
    engine = open_engine(sqlite_url)
    phases = applications.once(engine, tmp_path, 0.1)
    assert all(phase.per_second > 0 and phase.ms and phase.driver > 0 for phase in phases.values())
    engine.dispose()


def test_a_large_book_consists_of_valid_histories(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "PATTERNS", 10)
    engine, stories = open_engine(postgres_url), [large._story(number) for number in range(10)]
    books.fill(engine, stories)
    with writing(engine) as conn:
        large.copy_lives(conn, 10, 35, max(len(story.entries) for story in stories))
    assert verify(engine) == sum(len(stories[number % 10].entries) for number in range(35))
    assert large._sweep(engine, 35 // large.ENDING * large.ENDING + large.ENDING)[0] > 0
    engine.dispose()


def test_the_end_of_a_day_is_set_beside_its_beginning() -> None:
    asked = [service.Request(at, ms, 200, "/v1/due") for at, ms in ((1, 10.0), (2, 10.0), (7, 15.0), (7.5, 15.0))]
    looks = [endurance.Look(at, memory, 30, 9) for at, memory in ((1, 100.0), (4, 300.0), (7, 105.0))]
    seen = endurance.Day(0, 8, asked, looks, {"clock": 80}, sealed=70, left=10, delivered=8)
    found = list(endurance._figures(seen, "postgresql"))
    assert [(one.value, one.other) for one in found[:1] + found[2:5]] == [(15, 10), (105, 100), (30, 30), (9, 9)]
    assert found[0].row().endswith("| 1.50 | ≤ 1.2: missed |") and found[5].value == 10


@only_in_full
def test_a_desk_is_timed_beside_hostile_neighbours(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def copy() -> Iterator[Engine]:
        engine = open_engine(sqlite_url)
        neighbours._book(engine)
        yield engine
        engine.dispose()

    monkeypatch.setattr(neighbours, "filled", lambda *_: nullcontext(copy))
    for name, number in (("BOOK", 50), ("SOCKETS", 5), ("VIEWERS", 2)):
        monkeypatch.setattr(neighbours, name, number)
    (found,) = neighbours.sockets(replace(LITTLE, seconds=0.1))
    assert found.items > 1 and found.value > 0 and found.other


def test_a_row_shows_whether_it_meets_the_wanted_value() -> None:
    fast = Result("a", "sqlite", 1000, [90.0, 100.0, 110.0], [10.0, 10.0, 10.0], wanted=Wanted("≥", 10))
    slow = Figure("b", "sqlite", 5, 21.0, "ms", wanted=Wanted("≤", 20, " ms"))
    grown = Figure("c", "sqlite", 5, 30.0, "ms", "idle", 5.0, Wanted("<", 5), of_ratio=True)
    assert fast.row() == "| a | sqlite | 1,000 | 100/s | the bare minimum | 10/s | 10.00 | ≥ 10: met |"
    assert slow.row() == "| b | sqlite | 5 | 21.0 ms |  |  |  | ≤ 20 ms: missed |"
    assert grown.row() == "| c | sqlite | 5 | 30.0 ms | idle | 5.0 ms | 6.00 | < 5: missed |"


def test_a_table_is_put_between_its_marks() -> None:
    page = "x\n<!-- bench:scale -->\nold\n<!-- /bench -->\ny\n"
    assert benchmarks.put(page, "scale", "new") == page.replace("old", "new")
    with pytest.raises(ValueError, match="no place"):
        benchmarks.put(page, "sweep", "new")


def test_every_table_of_the_page_has_its_command_and_its_columns() -> None:
    found = re.findall(r"<!-- bench:(\w+) -->\n(.*?)<!-- /bench -->", text(PAGE), re.DOTALL)
    assert {name for name, _ in found} == set(benchmarks.BENCHES)
    for name, said in found:
        if said == NOT_YET:
            continue
        day, *rest = said.strip().splitlines()
        assert re.match(r"\d{4}-\d\d-\d\d, commit \w+, code [0-9a-f]{8}, .+ cores, load [\d.]+; Python", day), name
        assert "\n".join(rest[1:3]) == table([]), name
        for line in rest[3:]:
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            assert len(cells) == 8 and re.fullmatch(r"[\d,]+", cells[2]), line
            assert re.fullmatch(r"-?[\d,]+(\.\d)?(/s| ms| µs| s| B| MiB| KB| %)?", cells[3]), line
            assert re.fullmatch(r"([≥≤<] [\d.]+(/s| ms| s| MiB| KB)?: (met|missed))?", cells[7]), line


def test_tables_that_are_older_than_their_code_are_named() -> None:
    """It says which; with TABLES_NEW=required, as before a release, it fails."""
    assert measured.MEASURED.keys() == benchmarks.BENCHES.keys()
    for name, places in measured.MEASURED.items():
        assert all((ROOT / place).exists() for place in places), name
    found = measured.older(text(PAGE))
    if found and os.environ.get("TABLES_NEW") == "required":
        pytest.fail(f"to be measured anew: {', '.join(found)}")
    if found:
        pytest.xfail(f"to be measured anew: {', '.join(found)}")


def test_form_alone_makes_no_table_older(tmp_path: Path) -> None:
    code = tmp_path / "lifecycle" / "audit" / "verifier" / "a.py"
    code.parent.mkdir(parents=True)
    page = "<!-- bench:verify -->\n2026-11-30, commit 0123abcd, code {}, Intel\n<!-- /bench -->"
    found = []
    for said in (
        "def a(b, c):\n    return b['c']\n",
        'def a(\n    b, c,\n):  # fmt: skip\n    """Why."""\n    return b["c"]  # so\n',
        "def a(b, c):\n    return b['d']\n",
    ):
        code.write_text(said, "utf-8")
        measured._digest.cache_clear()
        found.append(measured.code_of("verify", tmp_path))
    assert found[0] == found[1] != found[2]
    assert measured.older(page.format(found[2]), tmp_path) == []
    assert measured.older(page.format(found[0]), tmp_path) == ["verify"]
    assert measured.older("<!-- bench:sweep -->\nNot measured yet.\n<!-- /bench -->", tmp_path) == ["sweep"]


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        benchmarks._known("nothing")
