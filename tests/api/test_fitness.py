"""Whether program and database match: newer, too new, or created by other migrations."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, delete, text

from lifecycle.records import fitness as fitness_module
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.records.fitness import checksums, fitness, newest
from lifecycle.records.migrate import Unfit, migrate
from tests.api.desk import Desk, Invoke, OpenDesk
from tests.postgres import as_login, owning

NEXT = f"{int(newest()) + 1:04}"


@contextmanager
def owner_of(engine: Engine) -> Iterator[Engine]:
    """An engine of the owner of a database's tables."""
    with owning(engine) as owner:
        yield owner


def ahead(engine: Engine, works_from: str | None) -> None:
    """As if a program of the next revision had migrated the database."""
    with owner_of(engine) as owner, writing(owner) as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = :next"), {"next": NEXT})
        if works_from is not None:
            row = {"revision": NEXT, "checksum": "0" * 64, "works_from": works_from}
            conn.execute(tables.applied_migration.insert(), row)


def changed(engine: Engine) -> None:
    """As if a migration had been another one when it was applied."""
    with owner_of(engine) as owner, writing(owner) as conn:
        applied = tables.applied_migration
        conn.execute(applied.update().where(applied.c.revision == "0017").values(checksum="0" * 64))


def test_every_migration_is_on_record_with_its_checksum(engine: Engine) -> None:
    with reading(engine) as conn:
        found = conn.execute(tables.applied_migration.select()).all()
    assert {row.revision: row.checksum for row in found} == checksums()
    assert fitness(engine, thorough=True).standing == "current"


def test_a_database_that_was_migrated_before_there_was_a_record_gets_one(engine: Engine) -> None:
    with owner_of(engine) as owner:
        with writing(owner) as conn:
            conn.execute(delete(tables.applied_migration))
        assert fitness(owner, thorough=True).fits
        migrate(owner)
    test_every_migration_is_on_record_with_its_checksum(engine)


def test_a_database_one_revision_ahead_is_served_and_is_an_alarm(open_desk: OpenDesk) -> None:
    desk = open_desk()
    ahead(desk.engine, newest())
    answer = desk.get("/readyz")
    assert (answer["status"], answer["checks"]["migrations"]["severity"]) == ("ready", "alarm")
    assert f"at revision {NEXT}, newer than this program's" in answer["checks"]["migrations"]["detail"]
    desk.apply()


def test_a_program_of_the_version_before_starts_and_migrates_nothing(
    desk: Desk, database_url: str, invoke: Invoke
) -> None:
    ahead(desk.engine, "0020")
    assert "due" in invoke("due", "--until", "2022-05-01", "--database-url", database_url)
    said = invoke("migrate", "--database-url", as_login(database_url, "migrator"))
    assert f"Nothing to do: the database is at revision {NEXT}" in said


@pytest.mark.parametrize("works_from", [NEXT, None])
def test_a_newer_database_without_a_promise_for_this_version_is_refused(
    desk: Desk, database_url: str, works_from: str | None, invoke: Invoke
) -> None:
    ahead(desk.engine, works_from)
    with owner_of(desk.engine) as owner, pytest.raises(Unfit, match="does not work"):
        migrate(owner)
    assert "does not work" in invoke("due", "--until", "2022-05-01", "--database-url", database_url, status=1)
    assert desk.get("/readyz", 503)["checks"]["migrations"]["severity"] == "fatal"


def test_a_migration_that_was_edited_since_is_named(desk: Desk, database_url: str, invoke: Invoke) -> None:
    changed(desk.engine)
    for words in (["token", "list"], ["api"], ["scheduler"]):
        assert "migration 0017_issued_months" in invoke(*words, "--database-url", database_url, status=1)
    owner = as_login(database_url, "migrator")
    assert "migration 0017_issued_months" in invoke("migrate", "--database-url", owner, status=1)
    invoke("migrate", "--accept-changed", "--database-url", owner)
    assert fitness(desk.engine, thorough=True).standing == "current"


def test_a_migration_declares_the_oldest_version_it_works_with(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "revision = '0024'\nworks_from = '0023'\n"
    monkeypatch.setattr(fitness_module, "_text", lambda _name: said)
    fitness_module._promises.cache_clear()
    assert set(fitness_module._promises().values()) == {"0023"}
    fitness_module._promises.cache_clear()
