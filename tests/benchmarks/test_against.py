"""Two commits are measured by turns: each tells its own rate in the fourth column of its row."""

from pathlib import Path

import pytest

from tests.benchmarks import __main__ as benchmarks
from tests.benchmarks import against
from tests.benchmarks.report import HEAD, Options, Result

ROW = "| sweep of due terminations | sqlite | 100 | 12,345/s | the bare minimum | 1/s | 2 | |"
SAID = f"## sweep\n\n2026-11-30, 2 cores\n\n{HEAD}\n{ROW}"


def test_the_rate_of_a_database_is_read_off_its_row() -> None:
    assert against.told_rate(SAID, "sqlite") == 12345
    with pytest.raises(ValueError, match="no row of postgresql"):
        against.told_rate(SAID, "postgresql")


def test_this_program_and_the_older_one_run_by_turns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran: list[tuple[bool, str]] = []

    def rate(tree: Path, name: str, kind: str, options: Options) -> float:
        ran.append((tree == against.ROOT, name))
        return 40.0 if tree == against.ROOT else 10.0

    monkeypatch.setattr(against, "rate", rate)
    monkeypatch.setattr(against.subprocess, "run", archived(against.subprocess.run))
    found = list(against.run(Options(rows=100, repeats=2, kinds=("sqlite",), base="abc1234")))
    assert ran[:4] == [(True, "sweep"), (False, "sweep")] * 2
    assert [row.what for row in found] == ["sweep", "starts", "command"]
    assert isinstance(found[0], Result)
    assert found[0].row() == "| sweep | sqlite | 100 | 40/s | at abc1234 | 10/s | 4.00 | ≥ 3: met |"


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
