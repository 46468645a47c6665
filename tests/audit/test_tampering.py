"""Every kind of tampering is found and located in random trials; a clean export verifies."""

from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from lifecycle.audit.keys import SigningKey
from lifecycle.audit.verifier.verify import GOOD
from lifecycle.records.engine import open_engine
from tests.audit.books import tried
from tests.audit.tampering import KINDS, Case, missed, verdict_on
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
def test_every_kind_of_tampering_is_found_and_located(case: Case, tmp_path: Path, kind: str) -> None:
    assert [says for seed in range(TRIALS) if (says := missed(kind, case, seed, tmp_path))] == []


def test_a_clean_export_raises_no_alarm(case: Case, tmp_path: Path) -> None:
    verdict = verdict_on(case, tmp_path)
    assert verdict.code == GOOD, verdict.says


@pytest.mark.parametrize("seed", [1, 2])
def test_a_random_book_raises_no_alarm_and_hides_nothing(engine: Engine, seed: int, tmp_path: Path) -> None:
    rows, wrong = tried(engine, seed, tmp_path, [*KINDS])
    assert rows > 10 and wrong == []


def test_an_undetected_tampering_makes_the_test_fail(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "nothing", lambda case, _: Case((*case.lines,), case.notes[:-1], case.key, 2))
    assert missed("nothing", case, 0, tmp_path) == "nothing 0: not found"
