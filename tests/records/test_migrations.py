"""The migrations create the tables of the models in an empty database, once, however many processes start."""

import subprocess
import time
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from lifecycle.records import append_only
from lifecycle.records.engine import open_engine, reading, writing
from lifecycle.records.migrate import is_current, migrate
from lifecycle.records.tables import metadata
from tests.api.loaded import tool
from tests.faults.forked import Child
from tests.postgres import Postgres, owning

EXPRESSIONS = "ignore:autogenerate skipping metadata-specified expression:UserWarning"  # of the other database


@pytest.mark.filterwarnings(EXPRESSIONS)
def test_the_migrations_make_exactly_the_tables_of_the_models(engine: Engine) -> None:
    with reading(engine) as conn:
        opts = {"compare_server_default": True, "include_object": partial(_of_this_database, engine.dialect.name)}
        context = MigrationContext.configure(conn, opts=opts)
        assert compare_metadata(context, metadata) == []


def _of_this_database(dialect: str, found: Any, _name: str, kind: str, *_rest: object) -> bool:
    """Whether an object is for databases of this kind: some indexes and constraints are not."""
    only = found._ddl_if.dialect if kind in ("index", "unique_constraint") and found._ddl_if else None
    return only in (None, dialect)


@pytest.mark.filterwarnings(EXPRESSIONS)
def test_a_missing_column_is_detected(engine: Engine) -> None:
    with owning(engine) as owner, writing(owner) as conn:
        conn.execute(text("ALTER TABLE parked DROP COLUMN reason"))
        assert compare_metadata(MigrationContext.configure(conn), metadata) != []


def test_an_empty_database_is_not_current_and_a_migrated_one_is(empty: Engine) -> None:
    assert not is_current(empty)
    migrate(empty)
    assert is_current(empty)
    with writing(empty) as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert not is_current(empty)


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    before = _schema(engine)
    with owning(engine) as owner:
        migrate(owner)
    assert _schema(engine) == before


def test_a_migration_that_fails_half_way_leaves_nothing(empty: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(append_only, "create", lambda *_: ["CREATE TRIGGER nonsense"])
    with pytest.raises(Exception, match=r"syntax|incomplete"):
        migrate(empty)
    assert inspect(empty).get_table_names() == []
    monkeypatch.undo()
    migrate(empty)
    assert is_current(empty)


def test_processes_that_migrate_at_once_all_succeed(empty_url: str, empty: Engine) -> None:
    started = [Child(lambda tell: _migrate_slowly(empty_url), waiting=True) for _ in range(2)]
    for process in started:
        process.go()
    assert not any(process.end().killed for process in started)
    assert is_current(empty)


def _migrate_slowly(url: str) -> None:
    """Migrate slowly; fails if the database is not current afterwards."""
    create = append_only.create

    def slowly(*given: Any) -> list[str]:
        time.sleep(0.1)
        return create(*given)

    engine = open_engine(url)
    with patch.object(append_only, "create", slowly):
        migrate(engine)
    assert is_current(engine)


def test_a_database_in_another_encoding_is_refused_with_its_reason(postgres_server: Postgres) -> None:
    name = postgres_server.name()
    url = postgres_server.create(name, "ENCODING 'EUC_JP' LOCALE 'C'")
    command = [f"{tool()}", "migrate", "--database-url", url]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
    found = inspect(engine := open_engine(url)).get_table_names()
    engine.dispose()
    postgres_server.drop(name)
    assert (refused.returncode, found) == (1, [])
    assert "not migrated: the database's encoding is EUC_JP, not UTF8, which holds every name" in refused.stderr


def _schema(engine: Engine) -> list[str]:
    if engine.dialect.name == "sqlite":
        statement = "SELECT sql FROM sqlite_master UNION ALL SELECT version_num FROM alembic_version"
    else:
        statement = (
            "SELECT table_name || column_name || data_type FROM information_schema.columns "
            "WHERE table_schema = 'public' UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' "
            "UNION ALL SELECT tgname FROM pg_trigger UNION ALL SELECT version_num FROM alembic_version"
        )
    with reading(engine) as conn:
        return sorted(str(row) for row in conn.execute(text(statement)).scalars())
