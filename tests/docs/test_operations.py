"""What docs/operations.md has one type is typed: backup and restore on both databases; what was restored holds."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from lifecycle.desk.sweep import sweep
from lifecycle.records.engine import open_engine, writing
from lifecycle.records.migrate import is_current
from tests.desk.proof import verify
from tests.docs.pages import ROOT
from tests.docs.pages import text as text_of
from tests.docs.shell import type_in
from tests.postgres import Postgres, as_login
from tests.scheduler.books import DAY, FIRST, ending, fill, midnight, mixed
from tests.scheduler.look import rows

PAGE = text_of(ROOT / "docs" / "operations.md")
NOW = midnight(FIRST + 20 * DAY)


def live(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """A book that was swept once; all its rows."""
    fill(engine, [*mixed(30), *ending_after(30)])
    sweep(engine, NOW)
    return rows(engine)


def ending_after(first: int) -> list[object]:
    return ending(first + 10)[first:]


def restored(url: str, before: dict[str, list[tuple[object, ...]]]) -> None:
    """What was restored is what was there: rows, chains, triggers; and the clock goes on with it."""
    engine = open_engine(url)
    try:
        assert is_current(engine)
        assert rows(engine) == before
        verify(engine)
        for statement in ("UPDATE history SET actor = 'x'", "DELETE FROM history"):
            with pytest.raises(Exception, match="append-only"), writing(engine) as conn:
                conn.execute(text(statement))
        assert sweep(engine, NOW + 60 * DAY).fired > 0
        verify(engine)
    finally:
        engine.dispose()


def test_a_dump_of_postgresql_is_restored(postgres_server: Postgres, postgres_url: str, tmp_path: Path) -> None:
    engine = open_engine(postgres_url)
    before = live(engine)
    server, target = postgres_server.url("postgres"), postgres_server.url("restored")
    try:
        type_in(
            PAGE,
            "postgresql",
            tmp_path,
            DATABASE=as_login(postgres_url, "migrator"),
            SERVER=server,
            RESTORED=target,
        )
        restored(target, before)
    finally:
        engine.dispose()
        postgres_server._admin.execute("DROP DATABASE IF EXISTS restored WITH (FORCE)")


def test_a_copy_of_sqlite_is_restored_with_what_the_log_beside_it_held(sqlite_url: str, tmp_path: Path) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    (tmp_path / "lifecycle.db").symlink_to(file)
    engine = open_engine(sqlite_url)
    before = live(engine)
    assert file.with_name("lifecycle.db-wal").stat().st_size > 0
    type_in(PAGE, "sqlite", tmp_path)
    restored(f"sqlite:///{tmp_path / 'restored.db'}", before)
    assert (tmp_path / "restored.db").stat().st_mode & 0o777 == 0o600
    engine.dispose()


def test_the_commands_that_a_person_is_told_to_type_are_those_that_other_tests_run() -> None:
    told = set(re.findall(r"lifecycle ((?:scheduler|parked) \w+)", PAGE))
    assert told == {"scheduler resume", "scheduler log", "parked list", "parked retry"}


def test_every_metric_and_every_setting_that_is_named_exists() -> None:
    source = text_of(ROOT / "api" / "metrics.py")
    for name in re.findall(r"`(lifecycle_\w+)", PAGE):
        assert f'"{name.removesuffix("_total")}"' in source, name
