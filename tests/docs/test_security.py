"""The page on security: every promise names an existing test or page."""

import re

from tests.docs.pages import ROOT, text
from tests.docs.test_reliability import TEST, exists

PAGE = text(ROOT / "docs" / "security.md")
ROW = re.compile(r"^\| (customers|the order desk|operators|auditors|administrators) \|(.+)\|(.+)\|$", re.MULTILINE)


def shown_by(cell: str) -> list[object]:
    """The tests and pages that a cell names."""
    return [*TEST.findall(cell), *re.findall(r"\]\(([\w/.-]+\.md)\)", cell)]


def test_every_promise_names_a_test_or_a_page_and_every_reader_has_one() -> None:
    rows = ROW.findall(PAGE)
    assert len(rows) == len(re.findall(r"^\| [a-z]", PAGE, re.MULTILINE)) - 1 > 15
    assert [promise for _, promise, shown in rows if not shown_by(shown)] == []
    assert {to for to, *_ in rows} == {"customers", "the order desk", "operators", "auditors", "administrators"}


def test_every_test_that_it_names_exists() -> None:
    named = TEST.findall(PAGE)
    assert len(named) == PAGE.count("`tests/") > 25
    assert [one for one in named if not exists(*one)] == []


def test_a_promise_without_a_test_is_detected() -> None:
    assert shown_by(" its word ") == []
    assert not exists("tests/docs/test_security.py", "test_nothing_at_all")
