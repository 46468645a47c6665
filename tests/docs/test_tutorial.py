"""The tutorial, run from top to bottom, prints the documented output."""

from pathlib import Path

from tests.docs.pages import ROOT, text
from tests.docs.typed import blocks, expected, started

PAGE = text(ROOT / "docs" / "tutorial.md")


def test_every_step_prints_the_output_of_the_tutorial(tmp_path: Path) -> None:
    script = "".join(blocks(PAGE, "steps"))
    with started(PAGE, tmp_path) as server:
        assert server.typed(script) == expected(script)
