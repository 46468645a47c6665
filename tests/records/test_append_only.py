"""History, log and checkpoints accept new rows and no other change, on both databases, from every login."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, insert, text
from sqlalchemy.exc import DBAPIError

from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite, reading, writing
from lifecycle.records.roles import GROUPS, RIGHTS
from tests.lending import MIGRATIONS
from tests.postgres import owning

NOW = datetime(2022, 5, 1, tzinfo=UTC)
HISTORY = {
    "subject_id": "c_1", "seq": 1, "contract_id": "c_1", "event": "apply", "effective_at": NOW, "recorded_at": NOW,
    "actor": "desk", "hash": "00", "payload": "{}",
}  # fmt: skip
SUPERSEDED = {"subject_id": "c_1", "seq": 1, "by_seq": 2, "contract_id": "c_1", "recorded_at": NOW}
BY = {"recorded_at": NOW, "recorded_by": "desk"}
ISSUED = {
    "contract_id": "c_1", "month": "2022-04", "lines": "[]", "total_yen": 0, "hash": "00", "waits": False,
    "issued_at": NOW, "issued_by": "desk",
}  # fmt: skip
BILLED_ELSEWHERE = {"contract_id": "c_1", "until": "2022-04", "lines": "[]"} | BY
ARCHIVED = {
    "contract_id": "c_0", "file": "before-2012.jsonl.gz", "sha256": "00", "rows": 5, "seq": 6, "archived_at": NOW,
    "archived_by": "auditor",
}  # fmt: skip
SETTLED = {
    "id": "r_1", "contract_id": "c_1", "month": "2022-04", "kind": "monthly_base_fee", "subject_id": "c_1",
    "amount_yen": -1, "cause": None, "settled_on": NOW.date(), "how": "transfer",
} | BY  # fmt: skip
LOG = {"idx": 0, "subject_id": "c_1", "seq": 1, "hash": "00"}

CHANGES = [
    "UPDATE history SET actor = 'nobody'",
    "UPDATE history SET payload = payload || ' ' WHERE subject_id = 'c_1'",
    "DELETE FROM history",
    "DELETE FROM history WHERE seq = 1",
    "UPDATE log SET hash = '11'",
    "UPDATE log SET idx = idx + 1",
    "DELETE FROM log",
    "INSERT INTO log (idx, subject_id, seq, hash) VALUES (0, 'c_1', 1, '11') "
    "ON CONFLICT (idx) DO UPDATE SET hash = '11'",
    "INSERT INTO log (idx, subject_id, seq, hash) VALUES (0, 'c_1', 1, '11')",
    "UPDATE log_node SET hash = '11'",
    "DELETE FROM checkpoint",
    "UPDATE checkpoint SET note = ''",
]
ON_SQLITE = [
    "INSERT OR REPLACE INTO log (idx, subject_id, seq, hash) VALUES (0, 'c_1', 1, '11')",
    "REPLACE INTO history SELECT subject_id, seq, contract_id, 'reject', effective_at, recorded_at, actor, hash, "
    "payload FROM history",
    "UPDATE OR REPLACE log SET hash = '11'",
    "INSERT OR REPLACE INTO log_node (level, idx, hash) VALUES (1, 0, '11')",
    "REPLACE INTO checkpoint SELECT size, 'forged', sealed_at FROM checkpoint",
]
ON_POSTGRESQL = [
    "TRUNCATE history",
    "TRUNCATE log",
    "TRUNCATE contract, history CASCADE",
    "WITH gone AS (DELETE FROM log RETURNING *) SELECT count(*) FROM gone",
    "MERGE INTO log USING (SELECT 0 AS idx) AS given ON log.idx = given.idx WHEN MATCHED THEN DELETE",
]

# Nobody has the right to change or remove their rows, so not even the owner may. Migrations write theirs;
# sought proves nothing, it repeats references to be looked for.
NEVER_CHANGED = sorted(
    table for table, given in RIGHTS.items()
    if not any(word in getattr(given, group) for group in GROUPS for word in ("UPDATE", "DELETE"))
    and table not in (*MIGRATIONS, "sought")
)  # fmt: skip


@pytest.fixture
def kept(engine: Engine) -> Iterator[Engine]:
    """A database with a row in each table, as its owner, whom rights alone would not stop."""
    with owning(engine) as owner, writing(owner) as conn:
        conn.execute(insert(tables.history), HISTORY)
        conn.execute(insert(tables.log), LOG)
        conn.execute(insert(tables.log_node), {"level": 1, "idx": 0, "hash": "00"})
        conn.execute(insert(tables.superseded), SUPERSEDED)
        conn.execute(insert(tables.issued), ISSUED)
        conn.execute(insert(tables.billed_elsewhere), BILLED_ELSEWHERE)
        conn.execute(insert(tables.billed_elsewhere_moved), BILLED_ELSEWHERE | {"entry_id": "c_1.7"})
        conn.execute(insert(tables.settled), SETTLED)
        conn.execute(insert(tables.archived), ARCHIVED)
        conn.execute(insert(tables.checkpoint), {"size": 1, "note": "signed", "sealed_at": NOW})
        said = {"size": 1, "kind": "cosignature", "name": "witness", "content": "signed", "received_at": NOW}
        conn.execute(insert(tables.countersigned), said)
        conn.execute(
            insert(tables.operations_log), {"at": NOW, "event": "resume", "actor": "desk", "reason": "a test"}
        )
    with owning(engine) as owner:
        yield owner


@pytest.mark.parametrize("statement", CHANGES)
def test_no_statement_changes_or_removes_a_row(kept: Engine, statement: str) -> None:
    _is_refused(kept, statement)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("statement", ON_SQLITE)
def test_sqlite_replaces_no_row(kept: Engine, statement: str) -> None:
    _is_refused(kept, statement)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("statement", ON_POSTGRESQL)
def test_postgresql_truncates_and_merges_nothing(kept: Engine, statement: str) -> None:
    _is_refused(kept, statement)


def test_the_owner_cannot_change_append_only_tables_either(kept: Engine) -> None:
    assert set(NEVER_CHANGED) == {
        "history", "log", "log_node", "checkpoint", "logbook", "superseded", "issued", "billed_elsewhere",
        "billed_elsewhere_moved", "settled", "countersigned", "archived",
    }  # fmt: skip
    for table in NEVER_CHANGED:
        column = next(iter(tables.metadata.tables[table].columns)).name
        changes = [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
        changes += (
            [f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"] if is_sqlite(kept) else [f"TRUNCATE {table}"]
        )
        for statement in changes:
            with pytest.raises(DBAPIError, match=f"{table} is append-only"), writing(kept) as conn:
                conn.execute(text(statement))


def test_new_rows_are_taken(kept: Engine) -> None:
    with writing(kept) as conn:
        conn.execute(insert(tables.history), [HISTORY | {"seq": 2}, HISTORY | {"subject_id": "c_2"}])
        conn.execute(insert(tables.log), [LOG | {"idx": 1}, LOG | {"idx": 2}])
    assert [len(rows) for rows in _rows(kept)] == [3, 3, 1, 1]


def test_other_tables_may_change(kept: Engine) -> None:
    with writing(kept) as conn:
        conn.execute(insert(tables.outbox), {"subject_id": "c_1", "seq": 1})
        assert conn.execute(text("DELETE FROM pending")).rowcount == 1


def _is_refused(engine: Engine, statement: str) -> None:
    before = _rows(engine)
    with pytest.raises(DBAPIError), writing(engine) as conn:
        conn.execute(text(statement))
    assert _rows(engine) == before


def _rows(engine: Engine) -> list[list[tuple[object, ...]]]:
    def of(conn: Connection, table: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in conn.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2"))]

    with reading(engine) as conn:
        return [of(conn, table) for table in ("history", "log", "log_node", "checkpoint")]
