"""Tests that use a database alternate between the kinds of databases: a file as a whole uses both.

The rows of a parametrized test alternate. A test without rows alternates with its neighbours in the file, unless
it tests the database itself: how rows are found, ordered, locked or stored.
"""

from collections import Counter
from collections.abc import Sequence
from zlib import crc32

import pytest

KINDS = ("sqlite", "postgresql")
TURN = 4  # of so many PostgreSQL is asked one: it takes half as long again, and the second is asked at the latest
TABLES = (
    "api",
    "audit",
    "commands",
    "documents",
    "fold",
    "imports",
    "pages",
    "right",
)  # folders whose tests take turns
STORAGE = {
    "api": (
        "attachments audit_files batching control database_roles duplicates erasing execute feed finding_issued "
        "histories idempotency issuing_for_all limited_to_a_service limits lists names other_references outages "
        "played_database questions random_requests readiness references second_service sorted_lists standby "
        "starting stolen_token versions"
    ),
    "audit": "archive erasure log_tree row_bytes stateless_rows seal sealer tampering",
    "commands": (
        "applications correction_races history one_transaction outages_in_bulk personal_data races versions"
    ),
    "fold": "stored",
    "imports": "import together",
    "pages": "list reads",
}  # files there that are about the database: each test without rows runs on both
BOTH = {f"{folder}/test_{name}.py" for folder, names in STORAGE.items() for name in names.split()}


def spared(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The items that need not run: of a row that both databases would be asked, the one whose turn it is not.

    What is tried on one database alone runs there.
    """
    by_row: dict[tuple[str, str], dict[str, pytest.Item]] = {}
    for item in items:
        if (found := _row(item)) is not None:
            row, kind = found
            by_row.setdefault(row, {})[kind] = item
    gone, turns = list[pytest.Item](), Counter[str]()
    for (test, row), asked in by_row.items():
        if len(asked) == len(KINDS):
            among = test if row else test.partition("::")[0]
            first = crc32(among.encode()) % 2
            gone.append(asked["sqlite" if turns[among] % TURN == first else "postgresql"])
            turns[among] += 1
    return gone


def _row(item: pytest.Item) -> tuple[tuple[str, str], str] | None:
    """The row of a test and its database; None for a test that does not alternate."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or item.path.parent.name not in TABLES:
        return None
    kinds = [value for value in callspec.params.values() if isinstance(value, str) and value in KINDS]
    rest = [part for part in callspec.id.split("-") if part not in KINDS]
    if len(kinds) != 1 or not (rest or f"{item.path.parent.name}/{item.path.name}" not in BOTH):
        return None
    return (item.nodeid.partition("[")[0], "-".join(rest)), kinds[0]
