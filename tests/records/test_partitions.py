"""Contracts and history in partitions: the same results as without, and no loss during the conversion."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from lifecycle.audit.checks.check import Checker, Reached
from lifecycle.records import partitioned, partitioning, roles
from lifecycle.records.engine import open_engine, reading, writing
from lifecycle.records.fitness import SCRIPTS
from lifecycle.records.migrate import Unfit, migrate
from lifecycle.timers.sweep import sweep
from tests.api.conftest import invoke
from tests.api.desk import Invoke
from tests.audit import books
from tests.commands.diary import Diary, tokyo
from tests.commands.proof import verify
from tests.postgres import LOGINS, Postgres, as_login
from tests.scheduler.books import fill, mixed

__all__ = ["invoke"]


@pytest.fixture
def url(postgres_server: Postgres, postgres_template: str) -> Iterator[str]:
    """A migrated database with its roles, as a login of the service."""
    with postgres_server.database(postgres_template) as url:
        yield url


@pytest.fixture
def desk(url: str) -> Iterator[Engine]:
    """The database as the service works on it."""
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def owner(url: str) -> Iterator[Engine]:
    """The same as a superuser."""
    engine = open_engine(as_login(url, "postgres"))
    yield engine
    engine.dispose()


def differing(engine: Engine) -> list[Any]:
    """What `lifecycle audit check` finds."""
    return [one for part in Checker(engine, people=False).parts(Reached()) for one in part.findings]


def copy_all(owner: Engine, batch: int) -> None:
    while partitioning.copy_some(owner, batch):
        pass


def test_a_contract_on_partitions_is_stored_exported_and_verified(
    desk: Engine, owner: Engine, tmp_path: Path
) -> None:
    migrate(owner, partitions=4)
    rows, wrong = books.tried(desk, 16, tmp_path, [])
    assert rows > 20 and wrong == []
    assert verify(desk) >= rows and differing(desk) == []
    with reading(owner) as conn:
        in_parts = [
            conn.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in partitioned.children("history", 4)
        ]
        assert sum(in_parts) >= rows and sum(number > 0 for number in in_parts) > 1
        assert conn.execute(text("SELECT count(*) FROM report_state_period")).scalar_one() > 0
    for login in LOGINS:
        engine = open_engine(as_login(url_of(desk), login))
        with reading(engine) as conn:
            assert roles.rights_differences(conn) == [], login
        engine.dispose()


def test_every_index_exists_in_partitions_too(owner: Engine) -> None:
    asked = text(
        "SELECT tablename, split_part(replace(indexdef, 'ONLY ', ''), ' USING ', 2) FROM pg_indexes "
        "WHERE schemaname = 'public' AND tablename IN ('contract', 'history')"
    )
    with reading(owner) as conn:
        before = {(row[0], row[1]) for row in conn.execute(asked)}
    migrate(owner, partitions=2)
    with reading(owner) as conn:
        missing = before - {(row[0], row[1]) for row in conn.execute(asked)}
    assert missing == {("history", "btree (subject_id, seq)")}  # its key has the contract too


def test_partitions_are_vacuumed_as_early_as_the_table_was(owner: Engine) -> None:
    asked = text(
        "SELECT relname ~ '_', array_to_string(reloptions, ', ') FROM pg_class "
        "WHERE relkind = 'r' AND relname ~ '^(contract(_[0-9]+)?|pending)$'"
    )
    said = "autovacuum_vacuum_scale_factor=0.05, autovacuum_vacuum_cost_limit=2000"
    with reading(owner) as conn:
        assert [tuple(row) for row in conn.execute(asked)] == [(False, said)] * 2
    migrate(owner, partitions=2)
    with reading(owner) as conn:
        assert sorted(tuple(row) for row in conn.execute(asked)) == [(False, said), (True, said), (True, said)]
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with writing(owner) as conn:
        config.attributes["connection"] = conn
        command.downgrade(config, "0056")
        assert {row[1] for row in conn.execute(asked)} == {None}
        command.upgrade(config, "head")
        assert {row[1] for row in conn.execute(asked)} == {said}


def test_unique_keys_and_append_only_tables_hold_across_partitions(desk: Engine, owner: Engine) -> None:
    migrate(owner, partitions=2)
    diary = Diary(desk)
    first = diary.accepted(reference="R-1")
    with writing(desk) as conn:
        name = conn.execute(text("SELECT reference FROM contract WHERE id = :id"), {"id": first}).scalar_one()
    columns = "reference, reference_key, state, received_on, billing_started, notices, version, seq, item, "
    columns += "laws_accepted, rights_cleared, administrator_named"
    for key in ("reference_key", "'other'"):  # the very same reference, and one that compares equal
        said = columns.replace("reference_key", key) if key != "reference_key" else columns
        said = said if key == "reference_key" else said.replace("reference, ", f"'{name}', ", 1)
        copy = f"INSERT INTO contract (id, {columns}) SELECT 'c_other', {said} FROM contract"
        with pytest.raises(IntegrityError, match="uq_contract_reference"), writing(desk) as conn:
            conn.execute(text(copy))
    with reading(owner) as conn:
        held = [
            name for name in partitioned.children("history", 2)
            if conn.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
        ]  # fmt: skip
    for change in (
        "UPDATE history SET payload = ''", "DELETE FROM history", "TRUNCATE history",
        f"UPDATE {held[0]} SET payload = ''", f"TRUNCATE {held[0]}", f"DELETE FROM {held[0]}",
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match="append-only"), writing(owner) as conn:
            conn.execute(text(change))


def test_a_database_in_use_is_partitioned_and_nothing_is_lost_or_doubled(desk: Engine, owner: Engine) -> None:
    diary = Diary(desk)
    for number in range(20):
        diary.accepted(reference=f"B-{number}")
    over, made, wrong = Event(), list[str](), list[Exception]()

    def work() -> None:
        try:
            while not over.is_set():
                made.append(diary.accepted(reference=f"W-{len(made)}"))
                if len(made) % 4 == 0:
                    sweep(desk, tokyo("2024-01-01 00:00"), batch=3)
        except Exception as error:
            wrong.append(error)

    writer = Thread(target=work)
    writer.start()
    partitioning.begin(owner, 4)
    assert partitioning.copy_some(owner, 5) == 5
    partitioning.begin(owner, 4)  # as after an interruption
    copy_all(owner, 7)
    assert partitioning.differences(owner) == []
    before = len(made)
    partitioning.swap(owner)
    while len(made) < before + 3 and not wrong:
        over.wait(0.01)
    over.set()
    writer.join()
    partitioning.check_keys(owner)
    assert wrong == []
    sweep(desk, tokyo("2024-01-01 00:00"))
    assert verify(desk) and differing(desk) == []
    with reading(owner) as conn:
        found = conn.execute(text("SELECT count(*), count(DISTINCT reference) FROM contract")).one()
        unchecked = conn.execute(text("SELECT count(*) FROM pg_constraint WHERE NOT convalidated")).scalar_one()
        assert tuple(found) == (20 + len(made),) * 2 and unchecked == 0
        assert partitioned.partitions(conn) == 4 and partitioned.has_old(conn)


def test_a_started_partitioning_can_be_cancelled_and_a_difference_is_found(
    url: str, owner: Engine, invoke: Invoke
) -> None:
    fill(owner, mixed(5))
    partitioning.begin(owner, 2)
    with pytest.raises(Unfit, match="being partitioned"):
        migrate(owner)
    copy_all(owner, 2)
    with writing(owner) as conn:
        conn.execute(text("UPDATE partitions.contract SET version = version + 1"))
    assert [one.split(":")[0] for one in partitioning.differences(owner)] == ["contract"]
    database = ("--database-url", as_login(url, "postgres"))
    assert "differ" in invoke("partition", *database, status=1)
    invoke("partition", "--cancel", *database)
    assert "5 contracts copied and compared" in invoke("partition", "--partitions", "2", *database)
    assert "2 partitions" in invoke("partition", *database)
    invoke("partition", "--drop-old", *database)
    assert "no tables of before" in invoke("partition", "--drop-old", *database, status=1)
    with pytest.raises(Unfit, match="2 partitions already"):
        migrate(owner, partitions=4)
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with writing(owner) as conn:  # the newest migrations down and up again
        config.attributes["connection"] = conn
        command.downgrade(config, "0050")
        command.upgrade(config, "head")
    assert verify(owner)


def test_an_embedded_database_has_no_partitions(sqlite_url: str, invoke: Invoke) -> None:
    assert "PostgreSQL" in invoke("partition", "--database-url", sqlite_url, status=1)
    assert "PostgreSQL" in invoke("migrate", "--partitions", "4", "--database-url", sqlite_url, status=1)


def url_of(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
