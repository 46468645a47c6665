"""The commands of docs/operations.md are run: backup and restore on both databases, with a check of the result."""

import re
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, text

from lifecycle.audit.keys import SigningKey
from lifecycle.audit.seal import Seals, seal
from lifecycle.records.engine import open_engine, writing
from lifecycle.records.migrate import is_current
from lifecycle.timers.sweep import sweep
from tests.commands import acts as contracts
from tests.commands.diary import NOW as KEYED
from tests.commands.diary import Diary, tokyo
from tests.commands.proof import verify
from tests.docs.pages import ROOT
from tests.docs.pages import text as text_of
from tests.docs.shell import type_in
from tests.postgres import Postgres, as_login
from tests.scheduler.look import rows

PAGE = text_of(ROOT / "docs" / "operations.md")
SWEPT = tokyo("2022-05-02 09:00")
EXPORTS = 'lifecycle audit export --database-url "$RESTORED" --out restored.jsonl'
KEY = SigningKey("contracts.example.com", Random(5).randbytes(32))


def live(engine: Engine, folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """A book that was swept once, and sealed; all its rows. What auditors kept is in the folder."""
    diary = Diary(engine)
    for number in range(5):
        diary.do(contracts.notify_cancellation, diary.accepted(reference=f"N-{number}"), KEYED, reason="by post")
    diary.accepted_with_option()
    sweep(engine, SWEPT)
    (folder / "kept").mkdir()
    (folder / "audit.vkey").write_text(f"{KEY.public}\n")
    assert seal(engine, SWEPT, Seals(KEY, folder / "kept")).refused is None
    return rows(engine)


def verified(url: str, folder: Path) -> None:
    """What the page has one type after a restore finds nothing wrong; with a row less it does."""
    type_in(PAGE, "after-restore", folder, RESTORED=url)
    export = folder / "restored.jsonl"
    lines = export.read_bytes().splitlines(keepends=True)
    export.write_bytes(b"".join([*lines[:3], *lines[4:]]))
    with pytest.raises(AssertionError, match="first bad row"):
        type_in(PAGE.replace(EXPORTS, "true"), "after-restore", folder)


def restored(url: str, before: dict[str, list[tuple[object, ...]]]) -> None:
    """Check that the restored database has the same rows, chains and triggers, and that the clock works."""
    engine = open_engine(url)
    try:
        assert is_current(engine)
        now = rows(engine)
        (export,) = now["personal_read"]  # the one that was verified, and nothing else
        assert "'audit-export'" in export and now | {"personal_read": []} == before
        verify(engine)
        for statement in ("UPDATE history SET actor = 'x'", "DELETE FROM history"):
            with pytest.raises(Exception, match="append-only"), writing(engine) as conn:
                conn.execute(text(statement))
        assert sweep(engine, SWEPT + timedelta(days=100)).fired > 0
        verify(engine)
    finally:
        engine.dispose()


def test_a_dump_of_postgresql_is_restored(postgres_server: Postgres, postgres_url: str, tmp_path: Path) -> None:
    engine = open_engine(postgres_url)
    before = live(engine, tmp_path)
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
        verified(target, tmp_path)
        restored(target, before)
    finally:
        engine.dispose()
        postgres_server._admin.execute("DROP DATABASE IF EXISTS restored WITH (FORCE)")


def test_a_copy_of_sqlite_is_restored_with_what_the_log_beside_it_held(sqlite_url: str, tmp_path: Path) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    (tmp_path / "lifecycle.db").symlink_to(file)
    engine = open_engine(sqlite_url)
    before = live(engine, tmp_path)
    assert file.with_name("lifecycle.db-wal").stat().st_size > 0
    type_in(PAGE, "sqlite", tmp_path)
    verified(f"sqlite:///{tmp_path / 'restored.db'}", tmp_path)
    restored(f"sqlite:///{tmp_path / 'restored.db'}", before)
    assert (tmp_path / "restored.db").stat().st_mode & 0o777 == 0o600
    engine.dispose()


def test_the_commands_in_the_page_are_tested_elsewhere() -> None:
    told = set(re.findall(r"lifecycle ((?:scheduler|parked) \w+)", PAGE))
    assert told == {"scheduler resume", "scheduler log", "parked list", "parked retry"}


def test_every_metric_and_every_setting_that_is_named_exists() -> None:
    source = "".join(text_of(ROOT / "api" / "request" / f"{one}.py") for one in ("metrics", "request_log"))
    for name in re.findall(r"`(lifecycle_\w+)", PAGE):
        assert f'"{name.removesuffix("_total")}"' in source, name
