"""The diagrams of the README, generated from the machines by `python -m tests.docs.diagrams`."""

import re

from tests.docs.mermaid import mermaid
from tests.docs.pages import ROOT

README = ROOT / "README.md"
PLACE = re.compile(r"(<!-- diagram:(\w+) -->\n).*?(<!-- /diagram -->)", re.DOTALL)


def drawn(page: str) -> str:
    """A page with its diagrams as the machines now are."""
    return PLACE.sub(lambda place: f"{place[1]}```mermaid\n{mermaid(place[2])}```\n{place[3]}", page)


def places(page: str) -> list[str]:
    """Return the kinds of subjects whose diagram is on the page."""
    return [place[1] for place in PLACE.findall(page)]


if __name__ == "__main__":
    README.write_text(drawn(README.read_text("utf-8")), "utf-8")
    print(f"{README.name}: {', '.join(places(README.read_text('utf-8')))} drawn")
