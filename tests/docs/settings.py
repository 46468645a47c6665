"""The page of settings, generated from the command line options by `python -m tests.docs.settings`."""

import re

import typer

from lifecycle.cli import app
from lifecycle.cli.settings import FILE, SECRETS, settings
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "reference" / "settings.md"
EVERY = "every; it stands before the command"
PLACE = re.compile(r"(<!-- settings -->\n).*?(<!-- /settings -->)", re.DOTALL)


def drawn(page: str) -> str:
    """The page with its table as the options now are."""
    return PLACE.sub(lambda place: f"{place[1]}{table()}{place[2]}", page)


def table() -> str:
    """A row for each setting."""
    rows = ["| variable | option | default | commands | what |", "|---|---|---|---|---|"]
    for one in settings(typer.main.get_command(app)):
        also = f", `{one.variable}{FILE}`" if one.variable in SECRETS else ""
        commands = ", ".join(dict.fromkeys(f"`{c}`" if c else EVERY for c in one.commands))
        default = "" if one.default in (None, False) else f"`{one.default}`"
        rows.append(f"| `{one.variable}`{also} | `{one.option}` | {default} | {commands} | {one.help} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text("utf-8")), "utf-8")
