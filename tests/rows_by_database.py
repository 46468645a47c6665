"""Rows of tables that are asked of a database take turns: a test as a whole meets both databases.

Where tests are of rules alone, which no database decides, the tests of a file take turns like rows.
"""

from collections import Counter
from collections.abc import Sequence
from zlib import crc32

import pytest

KINDS = ("sqlite", "postgresql")
TABLES = (
    "api",
    "audit",
    "commands",
    "documents",
    "fold",
    "imports",
    "pages",
    "right",
)  # folders whose rows take turns
RULES = ("right",)  # folders whose tests do


def spared(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The items that need not run: of a row that both databases would be asked, the one whose turn it is not.

    A test without rows runs on both, unless it is of rules, and so does a row that is tried on one database alone.
    """
    by_row: dict[tuple[str, str], dict[str, pytest.Item]] = {}
    for item in items:
        if (found := _row(item)) is not None:
            row, kind = found
            by_row.setdefault(row, {})[kind] = item
    gone, turns = list[pytest.Item](), Counter[str]()
    for (test, row), asked in by_row.items():
        if len(asked) == len(KINDS):
            gone.append(asked[KINDS[(crc32(test.encode()) + turns[test]) % 2]])
            turns[test] += bool(row)
    return gone


def _row(item: pytest.Item) -> tuple[tuple[str, str], str] | None:
    """Which row of which test, and the database; None for what takes no turns."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or item.path.parent.name not in TABLES:
        return None
    kinds = [value for value in callspec.params.values() if isinstance(value, str) and value in KINDS]
    rest = [part for part in callspec.id.split("-") if part not in KINDS]
    if len(kinds) != 1 or not (rest or item.path.parent.name in RULES):
        return None
    return (item.nodeid.partition("[")[0], "-".join(rest)), kinds[0]
