"""Rows of tables that are asked of a database take turns: a test as a whole meets both databases."""

from collections.abc import Sequence
from zlib import crc32

import pytest

KINDS = ("sqlite", "postgresql")
TABLES = ("api", "audit", "commands", "documents", "imports", "pages", "right")  # folders whose rows take turns


def spared(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The items that need not run: of a row that both databases would be asked, the one whose turn it is not.

    A test without rows runs on both, and so does a row that is tried on one database alone.
    """
    by_row: dict[tuple[str, str], dict[str, pytest.Item]] = {}
    for item in items:
        if (found := _row(item)) is not None:
            row, kind = found
            by_row.setdefault(row, {})[kind] = item
    return [
        of_row[KINDS[crc32("".join(row).encode()) % 2]]
        for row, of_row in by_row.items()
        if len(of_row) == len(KINDS)
    ]


def _row(item: pytest.Item) -> tuple[tuple[str, str], str] | None:
    """Which row of which test, and the database; None for what has no rows, or no database."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or item.path.parent.name not in TABLES:
        return None
    kinds = [value for value in callspec.params.values() if isinstance(value, str) and value in KINDS]
    rest = [part for part in callspec.id.split("-") if part not in KINDS]
    if len(kinds) != 1 or not rest:
        return None
    return (item.nodeid.partition("[")[0], "-".join(rest)), kinds[0]
