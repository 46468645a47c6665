"""The study of distributed databases names every feature of PostgreSQL that the code uses, and no other."""

import re
from pathlib import Path

from sqlalchemy import UniqueConstraint

from lifecycle.records import tables

USES = {
    "`FOR UPDATE`": r"FOR UPDATE|with_for_update",
    "`SKIP LOCKED`": r"SKIP LOCKED|skip_locked",
    "advisory locks": r"pg_(try_)?advisory",
    "`LISTEN` and `NOTIFY`": r"\bLISTEN\b|pg_notify",
    "triggers": r"CREATE (OR REPLACE |CONSTRAINT )?TRIGGER",
    "PL/pgSQL": r"plpgsql",
    "`REPEATABLE READ`": r"REPEATABLE READ",
    "`SERIALIZABLE`": r"isolation_level=.SERIALIZABLE",
    "GIN indexes": r"USING gin|postgresql_using=.gin",
    "BRIN indexes": r"USING brin|postgresql_using=.brin",
    "GiST indexes": r"USING gist|postgresql_using=.gist",
    "partial indexes": r"postgresql_where=",
    "deferrable constraints": r"DEFERRABLE|deferrable=",
    "`ON CONFLICT`": r"ON CONFLICT|on_conflict_do",
    "`COPY`": r"\bCOPY [{a-z]",
    "`unnest` of arrays": r"\bunnest\(",
    "roles and `GRANT`": r"\bGRANT\b",
    "timeouts of locks and statements": r"lock_timeout",
    "positions of the write-ahead log": r"pg_(current_wal|last_wal)",
    "commit timestamps": r"pg_xact_commit_timestamp",
    "large objects": r"\blo_import\b|\blo_create\b",
    "row level security": r"ROW LEVEL SECURITY",
    "table locks": r"\bLOCK TABLE\b",
    "hash partitions": r"PARTITION BY HASH",
    "views": r"CREATE (OR REPLACE )?VIEW",
    "event triggers": r"EVENT TRIGGER",
}


def test_the_table_names_what_the_code_uses() -> None:
    root = Path(__file__).parents[2]
    code = "\n".join(
        file.read_text() for folder in ("lifecycle", "scheduler", "api") for file in (root / folder).rglob("*.py")
    )
    used = {name for name, pattern in USES.items() if re.search(pattern, code)}
    section = (root / "docs" / "operations.md").read_text().partition("## Distributed databases\n")[2]
    rows = {line.split("|")[1].strip() for line in section.split("\n## ")[0].splitlines() if line.startswith("| ")}
    assert rows - {"the service uses"} == used


ACROSS = {("contract", "reference"), ("drm_option", "reference"), ("item_change", "reference")}


def test_references_are_the_only_unique_keys_across_contracts() -> None:
    across = set()
    for table in tables.metadata.sorted_tables:
        if table.name != "contract" and "contract_id" not in table.c:
            continue
        unique = [key for key in table.constraints if isinstance(key, UniqueConstraint)]
        for key in [*unique, *(index for index in table.indexes if index.unique)]:
            if "contract_id" not in key.columns:
                across |= {(table.name, column.name.removesuffix("_key")) for column in key.columns}
        assert {key.column.table.name for key in table.foreign_keys} <= {"contract", "webhook"}
    assert across == ACROSS
