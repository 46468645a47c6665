"""The table of roles, generated from the permissions of the operations by `python -m tests.docs.roles`."""

import re

from api.access.roles import PERMITTED
from lifecycle.people.tokens import ROLES
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "reference" / "roles.md"
PLACE = re.compile(r"(<!-- roles -->\n).*?(<!-- /roles -->)", re.DOTALL)


def drawn(page: str) -> str:
    """The page with its table as the roles now are."""
    return PLACE.sub(lambda place: f"{place[1]}{table()}{place[2]}", page)


def table() -> str:
    """A row for each operation, with a mark for each role that may call it."""
    rows = [f"| operation | {' | '.join(ROLES)} |", "|---|" + "---|" * len(ROLES)]
    for operation, roles in PERMITTED.items():
        marks = ("● |" if role in roles else " |" for role in ROLES)
        rows.append(f"| `{operation}` | {' '.join(marks)}")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text("utf-8")), "utf-8")
    print(f"{PAGE.name}: {len(PERMITTED)} operations drawn")
