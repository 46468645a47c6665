"""Every kind of tampering is found and located, some random trials of each; a clean export raises no alarm."""

from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from lifecycle.audit.keys import SigningKey
from lifecycle.audit.verifier import lines
from lifecycle.audit.verifier.chains import Chains
from lifecycle.audit.verifier.following import follow
from lifecycle.audit.verifier.lines import PAYLOAD
from lifecycle.audit.verifier.rows import Bad, RowChecker
from lifecycle.audit.verifier.verify import GOOD
from lifecycle.records.engine import open_engine
from tests.audit.books import tried
from tests.audit.tampering import KINDS, STEPS, Case, missed, verdict_on
from tests.audit.world import case_of
from tests.commands.diary import Diary

TRIALS = 12


@pytest.fixture(scope="module")
def case(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The world, to be tampered with."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "world.db").write_bytes(sqlite_template.read_bytes())
    engine = open_engine(f"sqlite:///{folder / 'world.db'}")
    found = case_of(Diary(engine), SigningKey("contracts.example.com", Random(1).randbytes(32)), folder)
    engine.dispose()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_found_and_located(case: Case, tmp_path: Path, kind: str) -> None:
    assert [says for seed in range(TRIALS) if (says := missed(kind, case, seed, tmp_path))] == []


def test_a_clean_export_raises_no_alarm(case: Case, tmp_path: Path) -> None:
    verdict = verdict_on(case, tmp_path)
    assert verdict.code == GOOD, verdict.says


@pytest.mark.parametrize("piece", [300, 5_000])
def test_in_whatever_pieces_the_file_is_read(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(lines, "PIECE", piece)
    assert verdict_on(case, tmp_path).code == GOOD
    assert [says for kind in KINDS for seed in range(3) if (says := missed(kind, case, seed, tmp_path))] == []


@pytest.mark.parametrize("seed", [1, 2])
def test_a_random_book_raises_no_alarm_and_hides_nothing(engine: Engine, seed: int, tmp_path: Path) -> None:
    rows, wrong = tried(engine, seed, tmp_path, [*KINDS])
    assert rows > 10 and wrong == []


def taken(lines: list[bytes], rows: RowChecker, *, at_once: bool) -> tuple[object, int]:
    """What following rows comes to, the heads or what is wrong, and the line that it came to."""
    chains = Chains()
    try:
        if at_once:
            follow(lines, chains, rows)
        for line in [] if at_once else lines:
            chains.line += 1
            chains.add(rows.read(line, PAYLOAD, -2), line[9:73], chains.line)
    except Bad as bad:
        return str(bad), chains.line
    return chains.heads, chains.line


def test_rows_taken_at_once_are_judged_as_one_by_one(case: Case) -> None:
    clean, known, chance = [*case.lines[1 : case.logged + 1]], RowChecker(STEPS), Random(5)
    heads, line = taken(clean, known, at_once=True)
    assert (heads, line) == taken(clean, RowChecker(STEPS), at_once=False) and isinstance(heads, dict)
    wrong = 0
    for _ in range(400):
        lines = list(clean)
        number = chance.randrange(len(lines))
        one, other = bytearray(lines[number]), chance.choice(lines)
        begin = chance.randrange(9, len(one) - 2)
        one[begin : begin + chance.choice((0, 1, 8))] = other[begin : begin + chance.choice((0, 1, 8))]
        lines[number] = bytes(one)
        found = taken(lines, known, at_once=True)
        assert found == taken(lines, RowChecker(STEPS), at_once=False), lines[number]
        wrong += isinstance(found[0], str)
    assert wrong > 100


def test_a_miss_would_be_seen(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "nothing", lambda case, _: Case((*case.lines,), case.notes[:-1], case.key, 2))
    assert missed("nothing", case, 0, tmp_path) == "nothing 0: not found"
