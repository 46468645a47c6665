"""The diagrams in README.md are the machines': generated, never drawn."""

import re
from pathlib import Path

import pytest

from lifecycle.machines.diagram import mermaid

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.mark.parametrize("kind", ["contract", "option", "item_change"])
def test_the_readme_shows_the_diagram_of_the_machine(kind: str) -> None:
    """Where this fails, paste what lifecycle.machines.diagram.mermaid(kind) returns between the markers."""
    block = rf"<!-- diagram:{kind} -->\n+```mermaid\n(.*?)```\n+<!-- /diagram -->"
    assert re.findall(block, README.read_text("utf-8"), re.DOTALL) == [mermaid(kind)]
