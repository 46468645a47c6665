"""The folder of the guide is the one that the tests load, and its commands print the documented output."""

from pathlib import Path

from tests.docs.pages import ROOT, text
from tests.docs.typed import blocks, expected, started
from tests.services import FOLDER

PAGE = text(ROOT / "docs" / "how-to" / "add-a-service.md")
(LIFE,) = blocks(PAGE, "life")


def test_the_commands_print_the_output_of_the_guide(tmp_path: Path) -> None:
    with started(PAGE.replace("$ARCHIVE", str(FOLDER)), tmp_path) as server:
        assert server.typed(LIFE) == expected(LIFE)
