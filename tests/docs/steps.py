"""The table of steps on the page about the audit, generated from the machines by `python -m tests.docs.steps`."""

import re

from lifecycle.audit.standalone import legal_steps
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "audit.md"
PLACE = re.compile(r"(```text\n)contract apply .*?(```\n)", re.DOTALL)
PROGRAM = re.compile(r"```python\n(.*?)```\n", re.DOTALL)


def drawn(page: str) -> str:
    """The page with its table as the machines now are."""
    return PLACE.sub(lambda place: f"{place[1]}{table()}{place[2]}", page, count=1)


def table() -> str:
    """A line for each kind, event and state before, with the states after."""
    return "".join(
        f"{kind} {event} {begin or '-'} {' '.join(ends)}\n"
        for kind, events in legal_steps().items()
        for event, begins in events.items()
        for begin, ends in begins.items()
    )


def program() -> str:
    """The small verifier that the page prints."""
    (found,) = PROGRAM.findall(PAGE.read_text("utf-8"))
    return str(found)


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text("utf-8")), "utf-8")
