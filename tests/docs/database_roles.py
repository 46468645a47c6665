"""The table of database rights, drawn from the code. `python -m tests.docs.database_roles` draws it anew."""

import re
from itertools import groupby

from lifecycle.records.roles import GROUPS, RIGHTS
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "reference" / "database-roles.md"
PLACE = re.compile(r"(<!-- rights -->\n).*?(<!-- /rights -->)", re.DOTALL)


def drawn(page: str) -> str:
    """The page with its table as the rights now are."""
    return PLACE.sub(lambda place: f"{place[1]}{table()}{place[2]}", page)


def table() -> str:
    """A row for tables, one after the other, with the same rights."""
    rows = [f"| table | {' | '.join(GROUPS)} |", "|---|---|---|---|"]
    for given, tables in groupby(RIGHTS, RIGHTS.__getitem__):
        rights = " | ".join(_shown(getattr(given, group)) for group in GROUPS)
        rows.append(f"| {', '.join(f'`{table}`' for table in tables)} | {rights} |")
    return "\n".join(rows) + "\n"


def _shown(words: str) -> str:
    """In SQL's words; of single columns it is enough to say so."""
    return re.sub(r" \(.*\)", " but for `body`", words)


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text("utf-8")), "utf-8")
