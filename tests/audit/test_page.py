"""The page about the audit is complete: the small program on it agrees with the verifier on any export."""

import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest

from lifecycle.audit.checkpoint import KeptCheckpoint, Unreadable, read_checkpoint
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import GOOD, verify
from tests.audit.judged import random_history
from tests.audit.rewritten import export_of
from tests.audit.tampering import Case, line_of, relinked, resigned, rows_of
from tests.audit.world import case_of
from tests.commands.diary import Diary
from tests.docs import steps
from tests.docs.pages import ROOT
from tests.lending import Lent

TRIES = 80  # of each way
LONGEST = 60  # lines of the program, those between them left aside
OTHERS = ("accepted", "billing", "terminated", "ongoing", "clock", "accept", "terminate", "contract", "option")
STEPS = legal_steps()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The program of the page, as a reader would copy it."""
    file = tmp_path_factory.mktemp("page") / "check.py"
    file.write_text(steps.program(), "utf-8")
    spec = importlib.util.spec_from_file_location("check", file)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_the_page_has_the_steps_of_the_machines() -> None:
    page = (ROOT / "docs" / "audit.md").read_text("utf-8")
    assert page == steps.drawn(page), "draw it anew: python -m tests.docs.steps"


def test_the_line_that_it_shows_has_its_hash() -> None:
    page = (ROOT / "docs" / "audit.md").read_text("utf-8")
    (line,) = [text for text in page.splitlines() if text.startswith('{"hash":')]
    said = json.loads(line)
    row = json.dumps(said["row"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert line == f'{{"hash":"{said["hash"]}","row":{row}}}'
    assert said["hash"] == hashlib.sha256(b"\0" + row.encode()).hexdigest()


def test_the_program_of_the_page_is_short() -> None:
    assert sum(1 for line in steps.program().splitlines() if line) <= LONGEST


def test_the_program_of_the_page_verifies_an_export(diary: Diary, key: SigningKey, tmp_path: Path) -> None:
    case = case_of(diary, key, tmp_path)
    (tmp_path / "check.py").write_text(steps.program(), "utf-8")
    (tmp_path / "steps.txt").write_text(steps.table(), "utf-8")
    for number, note in enumerate(case.notes):
        (tmp_path / f"note-{number}").write_bytes(note)
    notes = [f"note-{number}" for number in range(len(case.notes))]
    command = [sys.executable, "check.py", "history.jsonl", "steps.txt", str(key.public), *notes]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    rows = (tmp_path / "history.jsonl").read_bytes()
    (tmp_path / "history.jsonl").write_bytes(rows.replace(b'"actor":"desk"', b'"actor":"desx"', 1))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def allowed() -> Mapping[tuple[str, str, str], list[str]]:
    """The steps of the page."""
    table = [line.split() for line in steps.table().splitlines()]
    return {(kind, event, begin): ends for kind, event, begin, *ends in table}


def agrees(program: ModuleType, case: Case, folder: Path, kept: bool) -> tuple[bool, bool]:
    """Whether the program of the page lets an export pass, and whether the verifier does."""
    file = folder / "tried.jsonl"
    file.write_bytes(b"".join(case.lines))
    notes = case.notes if kept else ()
    mine = [KeptCheckpoint(read_checkpoint(note, case.key.public), "kept") for note in notes]
    roots = dict(program.checkpoint(note.decode(), str(case.key.public)) for note in notes)
    try:
        program.verify(str(file), allowed(), roots)
        passed = True
    except Exception:  # whatever it stumbles over is bad
        passed = False
    try:
        return passed, verify(file, mine, case.key.public, STEPS).code == GOOD
    except Unreadable:
        return passed, False


def any_line(case: Case, chance: Random) -> Case:
    """A line changed in a byte, left out, doubled, or exchanged with the next."""
    lines, number = list(case.lines), chance.randrange(1, len(case.lines))
    how = chance.randrange(4)
    if how == 0:
        line = bytearray(lines[number])
        line[chance.randrange(len(line) - 1)] ^= 1 << chance.randrange(7)
        lines[number] = bytes(line)
    elif how == 1:
        del lines[number]
    elif how == 2:
        lines.insert(number, lines[number])
    else:
        lines[number - 1 : number + 1] = lines[number - 1 : number + 1][::-1]
    return replace(case, lines=tuple(lines))


def any_value(case: Case, chance: Random) -> Case:
    """A value of a row, or a member more or less, under a hash that fits."""
    number = chance.randrange(case.logged)
    row: dict[str, Any] = deepcopy(case.row(number))
    name = chance.choice(sorted(row))
    if chance.random() < 0.2:
        del row[name]
    else:
        row[name] = chance.choice([None, 1, "x", *OTHERS, row[name]])
    lines = list(case.lines)
    lines[number + 1] = line_of(row)
    return replace(case, lines=tuple(lines))


def any_step(case: Case, chance: Random) -> Case:
    """Change or remove a row; all later rows are chained and signed again."""
    rows = rows_of(case)
    number = chance.randrange(len(rows))
    if chance.random() < 0.2:
        del rows[number]
    else:
        name = chance.choice(["event", "from_state", "to_state", "kind", "seq", "actor", "reason", "effective_at"])
        value = rows[number][name]
        rows[number] = rows[number] | {name: value + 1 if name == "seq" else chance.choice([*OTHERS, value])}
    return resigned(relinked(case, rows))


def any_state(case: Case, chance: Random) -> Case:
    """Change a final state, or one of the last lines."""
    lines = list(case.lines)
    number = chance.randrange(case.logged + 1, len(lines))
    said = json.loads(lines[number])
    of = said.get("state", said)
    name = chance.choice(sorted(of))
    of[name] = chance.choice([0, 7, "x", *OTHERS, of[name]])
    lines[number] = json.dumps(said, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    return replace(case, lines=tuple(lines))


WAYS: list[Callable[[Case, Random], Case]] = [any_line, any_value, any_step, any_state]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: str(way.__name__))
def test_the_program_agrees_with_the_verifier(
    program: ModuleType, sqlite_lent: Lent, key: SigningKey, tmp_path: Path, way: Callable[[Case, Random], Case]
) -> None:
    case = case_of(Diary(sqlite_lent.engine), key, tmp_path)
    assert agrees(program, case, tmp_path, kept=True) == (True, True)
    different, bad = [], 0
    for number in range(TRIES):
        tried = way(case, Random(f"{way.__name__} {number}"))
        mine, theirs = agrees(program, tried, tmp_path, kept=len(tried.notes) > 0)
        bad += not theirs
        if mine != theirs:
            different.append((number, mine, theirs))
    assert different == [] and bad > TRIES / 2


def test_the_program_agrees_with_the_verifier_on_superseded_rows(
    program: ModuleType, key: SigningKey, tmp_path: Path
) -> None:
    for seed in range(10):
        case = Case(tuple(export_of(random_history(seed))), (), key)
        assert agrees(program, case, tmp_path, kept=False) == (True, True)
        for number in range(10):
            tried = any_value(case, Random(f"rewritten {seed} {number}"))
            mine, theirs = agrees(program, tried, tmp_path, kept=False)
            assert mine == theirs, (seed, number, mine, theirs)
