"""The page on reliability: every row of its matrix names existing tests, and every fault has a row."""

import re

from tests.docs.pages import ROOT, text

PAGE = text(ROOT / "docs" / "reliability.md")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
TAKEN_UP = {*range(1, 19), 21, 22, 24, 25, 27, 28}


def rows(page: str) -> dict[str, list[tuple[str, str]]]:
    """The rows of the page's matrix, each with the tests that it names: file and function."""
    found = re.findall(r"^\| ([\d, ]+) \|(.*)$", page, re.MULTILINE)
    return {numbers: TEST.findall(rest) for numbers, rest in found}


def exists(file: str, name: str) -> bool:
    """Whether a file holds a test of that name."""
    path = ROOT / file
    return path.exists() and f"def {name}(" in text(path)


def test_every_fault_has_a_row_and_every_row_its_tests() -> None:
    found = rows(PAGE)
    assert {int(number) for numbers in found for number in numbers.split(", ")} == TAKEN_UP
    assert [numbers for numbers, tests in found.items() if not tests] == []


def test_every_test_that_the_page_names_exists() -> None:
    named = TEST.findall(PAGE)
    assert len(named) > 25
    assert [one for one in named if not exists(*one)] == []


def test_a_missing_test_is_detected() -> None:
    assert rows("| 1, 2 | a | `tests/docs/test_reliability.py::test_x` |") == {
        "1, 2": [("tests/docs/test_reliability.py", "test_x")]
    }
    assert not exists("tests/docs/test_reliability.py", "test_x")
