"""The judge computes every row again: correct rows follow from the terms, and wrong rows do not."""

import ast
import subprocess
import sys
from copy import deepcopy
from functools import cache
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from lifecycle.audit.judge import Judge
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.standalone import standalone
from lifecycle.audit.verifier.verify import GOOD, TAMPERED, verify
from lifecycle.cli import app
from tests.audit.books import book
from tests.audit.judged import WRONGS, Row, judge, missed, random_history
from tests.audit.rewritten import STEPS, export_of
from tests.audit.world import World, world
from tests.commands.diary import Diary
from tests.docs.pages import ROOT
from tests.docs.test_layers import imported

LIVES = range(40)  # python -m tests.audit.test_judge FIRST LAST tries more


@pytest.mark.parametrize("seeds", [LIVES[n : n + 10] for n in range(0, len(LIVES), 10)], ids=str)
def test_honest_rows_follow_from_the_terms(seeds: range) -> None:
    for seed in seeds:
        found = judge(kept(seed))
        assert found.line is None, f"life {seed}: {found.says}"
        assert not found.judge.left_out


@cache
def kept(seed: int) -> list[Row]:
    """Return the rows of a contract, created once and shared; nothing changes them."""
    return random_history(seed)


@pytest.mark.parametrize("what", WRONGS)
def test_the_judge_finds_every_wrong_row(what: str) -> None:
    found = [says for seed in LIVES if (says := missed(seed, what, kept(seed)))]
    assert found == []


@pytest.mark.parametrize("seed", [332, 853])
def test_the_judge_recomputes_a_credit_row_after_a_change(seed: int) -> None:
    """An item change, or an acceptance, that changes what a recorded row of a credit counted."""
    found = judge(random_history(seed))
    assert found.line is None, found.says


def test_the_judge_shares_no_code_with_the_service() -> None:
    source = ast.parse((ROOT / "lifecycle" / "audit" / "judge.py").read_text("utf-8"))
    assert not set(imported(source))
    modules = {node.module or "" for node in ast.walk(source) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in modules} <= sys.stdlib_module_names


@pytest.mark.parametrize("seed", range(3))
def test_the_rows_of_a_random_database_follow_from_the_terms(engine: Engine, tmp_path: Path, seed: int) -> None:
    _, case = book(engine, Random(f"judged {seed}"), tmp_path)
    (tmp_path / "book.jsonl").write_bytes(b"".join(case.lines))
    verdict = verify(tmp_path / "book.jsonl", [], case.key.public, STEPS, Judge())
    assert verdict.code == GOOD and "rows follow from the terms" in verdict.says, verdict.says
    assert "Not judged" not in verdict.says


@pytest.fixture
def lived_world(diary: Diary, key: SigningKey, tmp_path: Path) -> World:
    return world(diary, key, tmp_path)


def test_the_command_and_the_one_file_judge(lived_world: World, tmp_path: Path) -> None:
    key = str(lived_world.key.public)
    done = CliRunner().invoke(app, ["audit", "verify", str(lived_world.exported), "--key", key, "--judge"])
    assert done.exit_code == GOOD and "rows follow from the terms" in done.output, done.output
    script = tmp_path / "verify.py"
    script.write_text(standalone(), "utf-8")
    ran = subprocess.run(
        [sys.executable, str(script), str(lived_world.exported), "--key", key, "--judge"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == GOOD and "rows follow from the terms" in ran.stdout, ran.stdout + ran.stderr


def test_a_wrong_row_that_is_honestly_chained_is_named_by_its_line(tmp_path: Path) -> None:
    rows = random_history(7)
    place = WRONGS["a day more"](rows, Random(1))
    assert place is not None
    file = tmp_path / "wrong.jsonl"
    file.write_bytes(b"".join(export_of(rows)))
    assert verify(file, [], None, STEPS).code == GOOD  # type: ignore[arg-type]  # nothing is signed here
    verdict = verify(file, [], None, STEPS, Judge())  # type: ignore[arg-type]
    assert (verdict.code, verdict.first) == (TAMPERED, place + 2)
    assert "does not follow from the terms / 規程から導かれない行" in verdict.says


def test_rows_of_an_older_form_are_not_judged_and_never_bad(tmp_path: Path) -> None:
    rows = deepcopy(next(rows for rows in map(kept, LIVES) if any(row["event"] == "terminate" for row in rows)))
    for row in rows:
        if row["event"] == "terminate":
            del row["facts"]["decided_by"]
    found = judge(rows)
    assert found.line is None and "Not judged / 判定対象外" in found.says


def test_a_contract_of_another_service_is_not_judged() -> None:
    rows = random_history(3)
    rows[0]["facts"]["service"] = "another"
    rows[0]["rulings"] = []
    found = judge(rows)
    assert found.line is None and "another service: 1 contracts" in found.says


@pytest.mark.parametrize(("announced_on", "judged"), [("2022-04-30", True), ("2022-05-01", False)])
def test_contracts_under_terms_announced_late_are_not_judged(announced_on: str, judged: bool) -> None:
    facts = {"version": "2022-05-01", "announced_on": announced_on}
    row = {"kind": "edition", "subject": "t_media_sphere_2022-05-01", "event": "announce", "facts": facts}
    found = judge([row, *random_history(3)])
    assert found.line is None and ("terms made known late: 1 contracts" in found.says) is not judged


if __name__ == "__main__":
    first, last = map(int, sys.argv[1:])
    tried = wrong = 0
    for seed in range(first, last):
        rows = random_history(seed)
        for what in WRONGS:
            tried += 1
            if says := missed(seed, what, rows):
                wrong += 1
                print(says)
    print(f"{tried:,} tried, {wrong:,} missed")


@pytest.mark.parametrize("kind", ["edition", "log"])
def test_the_judge_ignores_rows_of_the_service(kind: str) -> None:
    judge = Judge()
    judge.add({"kind": kind, "subject": "t_media_sphere_2022-05-01", "event": "record", "facts": {}}, 2)
    judge.over()
    assert judge.judged == 0
