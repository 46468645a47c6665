"""How tests run: on which database."""

from pathlib import Path

from tests.rows_by_database import BOTH

ROOT = Path(__file__).parents[2]


def test_the_files_that_ask_both_databases_are_there() -> None:
    assert [name for name in BOTH if not (ROOT / "tests" / name).is_file()] == []
