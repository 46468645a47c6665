"""docs/operations.md lists every log message for the operator, word for word."""

import ast
import re

from tests.docs.pages import ROOT, text

LEVELS = ("warning", "error", "exception")
PLACE = re.compile(r"%(?:\.\d)?[sdf]")


def logged() -> set[str]:
    """Return the program's messages of these levels, with … for each value; forwarded messages are excluded."""
    found = set[str]()
    for folder in ("api", "lifecycle", "scheduler"):
        for path in (ROOT / folder).rglob("*.py"):
            source = text(path)
            if "log." not in source:
                continue
            for call in ast.walk(ast.parse(source)):
                match call:
                    case ast.Call(
                        func=ast.Attribute(value=ast.Name(id="log"), attr=level),
                        args=[ast.Constant(value=str(said)), *_],
                    ) if level in LEVELS:
                        found.add(PLACE.sub("…", said))
    return found


def test_the_page_of_operations_lists_every_message_for_the_operator() -> None:
    page = text(ROOT / "docs" / "operations.md").partition("## Log messages")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")][1:]
    assert {row[0].removeprefix("| ") for row in rows} == logged()
    assert all(len(row) == 3 for row in rows)


def test_a_message_states_the_event_and_its_consequence() -> None:
    assert [said for said in logged() if "; " not in said or said[0].isupper() or said.endswith(".")] == []
