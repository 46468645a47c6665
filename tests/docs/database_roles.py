"""The table of database rights, generated from the code by `python -m tests.docs.database_roles`."""

import re
from itertools import groupby

from lifecycle.records import tables
from lifecycle.records.roles import GROUPS, RIGHTS, VIEWS
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "reference" / "database-roles.md"
PLACE = re.compile(r"(<!-- rights -->\n).*?(<!-- /rights -->)", re.DOTALL)


def drawn(page: str) -> str:
    """The page with its table as the rights now are."""
    return PLACE.sub(lambda place: f"{place[1]}{table()}{place[2]}", page)


def table() -> str:
    """A row for tables, one after the other, with the same rights."""
    rows = [f"| table | {' | '.join(GROUPS)} |", "|---|---|---|---|"]
    for given, names in groupby(listed := RIGHTS | VIEWS, listed.__getitem__):
        alike = list(names)
        rights = " | ".join(_shown(alike[0], getattr(given, group)) for group in GROUPS)
        rows.append(f"| {', '.join(f'`{name}`' for name in alike)} | {rights} |")
    return "\n".join(rows) + "\n"


def _shown(table: str, words: str) -> str:
    """In SQL's words; of single columns it is enough to name those left out."""
    given, _, columns = words.partition(" (")
    named = [column.name for column in tables.metadata.tables[table].columns] if columns else []
    without = [f"`{name}`" for name in named if name not in columns.rstrip(")").split(", ")]
    return given + (f" but for {', '.join(without)}" if without else "")


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text("utf-8")), "utf-8")
