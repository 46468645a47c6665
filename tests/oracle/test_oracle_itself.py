"""The oracle shares no code with the service, refuses what the rules refuse, and reads spreadsheet files."""

import ast
from datetime import date
from pathlib import Path

import pytest

from tests import oracle
from tests.oracle import tables

JUDGE = "lifecycle.audit.judge"  # the auditors' own implementation, which shares no code either
OURS = {"lifecycle", "api", "scheduler"}


def test_the_oracle_shares_no_code_with_the_service() -> None:
    for path in Path(__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names = [name for name in names if not name.startswith(JUDGE)]
            assert not OURS & {name.partition(".")[0] for name in names}, path.name


@pytest.mark.parametrize(
    "instant", ["2022-04-01T00:00:00", "2022-04-01", "2022-04-01T24:00:00Z", "2022-02-29T00:00:00Z", ""]
)
def test_an_instant_without_an_offset_or_that_never_was_is_refused(instant: str) -> None:
    with pytest.raises(ValueError, match=r"not an instant with an offset|day is out of range"):
        oracle.tokyo_day(instant)


def test_without_a_notice_there_is_no_ending() -> None:
    with pytest.raises(ValueError, match="no notice, no ending"):
        oracle.ending(date(2022, 5, 1), [])
    assert oracle.option_ending(date(2022, 5, 1), [], None) == (None, None, 0)


def test_days_that_the_month_does_not_have_are_refused() -> None:
    for first, last in ((0, 5), (5, 4), (1, 29)):
        with pytest.raises(ValueError, match=f"has no days {first} to {last}"):
            oracle.prorated(100_000, "2022-02", first, last)


@pytest.mark.parametrize(
    ("saved", "meant"),
    [
        ("2022/4/1", "2022-04-01"),
        ("May-22", "2022-05"),
        ("TRUE", "true"),
        (" ", None),
        ("20000/3", "20000/3"),
    ],
)
def test_spreadsheet_changes_to_a_cell_are_reversed(saved: str, meant: str | None) -> None:
    assert tables.tidy(saved) == meant


def test_a_failed_row_of_cases_is_reported_with_its_reason() -> None:
    row: tables.Row = {
        "id": "N1",
        "article": "Art. 6",
        "reading": "R2",
        "effect_on": "2022-05-02",
        "why": "-",
    }
    with pytest.raises(AssertionError) as failure:
        tables.check(row, {"effect_on": date(2022, 5, 1)})
    assert str(failure.value) == (
        "N1 (Art. 6, R2): effect_on: the table says 2022-05-02, computed 2022-05-01. Why the table says so: -"
    )
