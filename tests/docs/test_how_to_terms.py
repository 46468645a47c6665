"""The page about new terms: its example runs as printed and gives the documented output."""

from pathlib import Path

from tests.docs.pages import ROOT, text
from tests.docs.shell import type_in

PAGE = text(ROOT / "docs" / "how-to" / "terms-changed.md")
NEWEST = max((ROOT / "lifecycle" / "terms").rglob("2[0-9][0-9][0-9]-*.toml"), key=lambda file: file.name)


def test_the_example_prints_the_output_of_the_page(tmp_path: Path) -> None:
    said = PAGE.partition("It prints:")[2].partition("```text\n")[2].partition("```")[0]
    assert type_in(PAGE, "rehearse", tmp_path, NEWEST=str(NEWEST)) == said
