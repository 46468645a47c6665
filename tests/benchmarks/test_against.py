"""Two commits are measured by turns: each prints its own rate in the fourth column of its row."""

from pathlib import Path

import pytest

from tests.benchmarks import __main__ as benchmarks
from tests.benchmarks import against, in_either
from tests.benchmarks.report import HEAD, Options

ROW = "| sweep of due terminations | sqlite | 100 | 12,345/s | the bare minimum | 1/s | 2 | |"
SAID = f"## sweep\n\n2026-11-30, 2 cores\n\n{HEAD}\n{ROW}"


def test_a_figure_is_read_off_the_row_of_its_database() -> None:
    assert against.told(SAID, "sqlite") == 12345
    assert against.told(SAID, "sqlite", "sweep", cell=5) == 1
    with pytest.raises(ValueError, match="no row of postgresql"):
        against.told(SAID, "postgresql")
    with pytest.raises(ValueError, match="no row"):
        against.told(SAID, "sqlite", "sealing")


def test_this_program_and_the_older_one_run_by_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[bool, str]] = []

    def run(tree: Path, words: list[str]) -> str:
        ran.append((tree == against.ROOT, words[2] if words[0] == "-m" else words[1]))
        number, other = (40, 20) if tree == against.ROOT else (10, 10)
        kind = "none" if "verify" in words else "sqlite"
        return "\n".join(f"| {what} | {kind} | 1 | {number} | | {other} |" for what in ("sealing", "p99 of them"))

    monkeypatch.setattr(against, "_run", run)
    monkeypatch.setattr(against.subprocess, "run", archived(against.subprocess.run))
    found = list(against.run(Options(rows=100, repeats=2, kinds=("sqlite",), base="abc1234")))
    assert ran[:4] == [(True, "sweep"), (False, "sweep")] * 2
    of_sqlite = [target for target in against.TARGETS if target.name != "wal"]
    assert [name for _, name in ran[::4]][: len(of_sqlite)] == [target.name for target in of_sqlite]
    rows = [row.row() for row in found]
    assert rows[0] == "| ends, a thousand shapes | sqlite | 100 | 40/s | at abc1234 | 10/s | 4.00 | ≥ 3: met |"
    assert rows[4].endswith("| 40.0 B | at abc1234 | 10.0 B | 4.00 | ≤ 0.5: missed |")
    assert rows[-2:] == [
        "| ends beside set-based SQL | sqlite | 100 | 40/s | the bare minimum | 20/s | 2.00 | ≥ 1: met |",
        "| p99 of applications | sqlite | 100 | 40.0 ms |  |  |  | ≤ 25 ms: missed |",
    ]


def test_what_an_older_commit_has_no_benchmark_for_is_measured_by_one_file_in_either() -> None:
    lasting = {target.name for target in against.TARGETS if target.apart}
    assert lasting == in_either.MEASURES.keys()
    assert in_either.moved("lifecycle.desk.sweep.sweep", "lifecycle.timers.sweep.sweep") is in_either.SWEEP
    with pytest.raises(ImportError):
        in_either.moved("lifecycle.timers.nowhere.sweep", "lifecycle.timers.sweep.nothing")


def archived(real: object) -> object:
    """Instead of git: an archive of nothing."""

    def run(words: list[str], **options: object) -> object:
        nothing = ["tar", "-c", "-T", "/dev/null"]
        return real(nothing if words[0] == "git" else words, **options)  # type: ignore[operator]

    return run


def test_without_a_commit_nothing_is_compared() -> None:
    assert "against" not in benchmarks.asked_for([], "")
    assert "against" in benchmarks.asked_for([], "abc1234")
    with pytest.raises(SystemExit, match="--base"):
        list(against.run(Options()))
