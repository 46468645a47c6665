"""A test finds no trace of the previous test in a lent database."""

import pytest
from sqlalchemy import event, func, select, text

from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from tests.commands.diary import Diary
from tests.lending import MIGRATIONS, Lending, Lent
from tests.postgres import owning

TRIGGERS = {"sqlite": "history_no_update", "postgresql": "history_append_only ON history"}
CHANGES = {
    "a table more": "CREATE TABLE more (id integer)",
    "a column more": "ALTER TABLE contract ADD COLUMN more integer",
    "a table fewer": "DROP TABLE undelivered",
    "a trigger fewer": "DROP TRIGGER {trigger}",
    "another revision": "UPDATE alembic_version SET version_num = '0000'",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def lending(request: pytest.FixtureRequest) -> Lending:
    """The lending of each kind."""
    found: Lending = request.getfixturevalue(f"{request.param}_lending")
    return found


def rows(lent: Lent) -> dict[str, int]:
    """How many each table holds."""
    with reading(lent.engine) as conn:
        return {
            name: conn.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.metadata.tables.items()
            if name not in MIGRATIONS
        }


def shape(lent: Lent) -> list[object]:
    """Tables, columns and triggers, and the revision."""
    asked = "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2"
    if lent.engine.dialect.name == "postgresql":
        asked = """
            SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND relkind = 'r'
            WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT tgname, '' FROM pg_trigger ORDER BY 1, 2"""
    with reading(lent.engine) as conn:
        return [*conn.execute(text(asked)), *conn.execute(text("SELECT version_num FROM alembic_version"))]


def test_the_next_loan_has_no_rows_and_restarted_sequences(lending: Lending) -> None:
    def use_a_loan() -> tuple[str, list[int]]:
        with lending.lent() as lent:
            assert not any(rows(lent).values())
            Diary(lent.engine).accepted()
            with reading(lent.engine) as conn:
                return lent.url, [*conn.execute(select(tables.outbox.c.id).order_by(tables.outbox.c.id)).scalars()]

    first = use_a_loan()
    assert first[1] and use_a_loan() == first


@pytest.mark.parametrize("change", CHANGES)
def test_a_database_that_was_changed_is_made_anew(lending: Lending, change: str) -> None:
    with lending.lent() as lent:
        before = shape(lent)
        with owning(lent.engine) as owner, writing(owner) as conn:
            conn.execute(text(CHANGES[change].format(trigger=TRIGGERS[lent.engine.dialect.name])))
        assert shape(lent) != before
    with lending.lent() as lent:
        assert shape(lent) == before


def test_two_loans_at_once_are_two_databases(lending: Lending) -> None:
    with lending.lent() as one, lending.lent() as other:
        Diary(one.engine).accepted()
        assert one.url != other.url
        assert not any(rows(other).values())


def test_a_listener_on_a_lent_database_is_removed_afterwards(lending: Lending) -> None:
    heard: list[str] = []
    with lending.lent() as lent:
        event.listen(lent.engine, "before_cursor_execute", lambda *given: heard.append(given[2]))
        rows(lent)
    before = len(heard)
    with lending.lent() as lent:
        rows(lent)
    assert before and len(heard) == before


def test_remaining_connections_are_closed_after_a_loan(postgresql_lending: Lending) -> None:
    with postgresql_lending.lent() as lent:
        left = lent.engine.connect()
        left.execute(text("SELECT 1"))
    with postgresql_lending.lent() as lent:
        assert not any(rows(lent).values())
        Diary(lent.engine).accepted()
    left.invalidate()
    left.close()
