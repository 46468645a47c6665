"""Credentials are shown only on a terminal or in a file that only its owner can read."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import Engine, func, select
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from api import serving
from api.serving import Front
from lifecycle.cli import app
from lifecycle.people.shown_once import ShownOnce
from lifecycle.records import tables
from lifecycle.records.engine import described, reading
from lifecycle.terms.calendar import TOKYO
from lifecycle.timers.fuse import Limits
from tests.api.desk import TOKEN, Invoke, Json
from tests.api.processes import WITH_TOKEN, Process, Server
from tests.postgres import as_login

SECRET = re.compile(r"lc_[\w-]{20,}|link=[\w-]{20,}")
Start = Callable[..., list[str]]


@pytest.fixture
def start(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Start a sandbox that ends at once and return its public output."""
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_given, **_more: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(serving, "_loaded", lambda: None)

    def run(shown_once: ShownOnce, admin_token: str | None = None) -> list[str]:
        said: list[str] = []
        front = Front("127.0.0.1", 8123, admin_token, 30.0, False)
        at = serving.system_clock().astimezone(TOKYO)
        serving.serve(engine, front, sandbox=True, now=at, limits=Limits(), say=said.append, shown_once=shown_once)
        assert not SECRET.search("\n".join(said))
        return said

    return run


def number(engine: Engine, table: str) -> int:
    with reading(engine) as conn:
        return int(conn.execute(select(func.count()).select_from(tables.metadata.tables[table])).scalar_one())


def test_a_terminal_is_shown_the_first_token_and_a_link_and_later_starts_show_nothing(
    engine: Engine, start: Start
) -> None:
    shown: list[str] = []
    start(ShownOnce(terminal=shown.append))
    assert [bool(SECRET.search(line)) for line in shown] == [True, True]
    shown.clear()
    start(ShownOnce(terminal=shown.append))
    assert shown == [], "a link would sign in as the holder of a token that another start has shown"
    start(ShownOnce(terminal=shown.append), TOKEN)
    assert len(shown) == 1 and "link=" in shown[0], "the administrator's own"


def test_without_a_terminal_credentials_are_in_a_file_readable_by_its_owner_alone(
    start: Start, tmp_path: Path
) -> None:
    file, elsewhere = tmp_path / "credentials", tmp_path / "elsewhere"
    elsewhere.write_text("as it was")
    file.symlink_to(elsewhere)
    said = start(ShownOnce(file=file))
    assert len(SECRET.findall(file.read_text())) == 2
    assert (file.stat().st_mode & 0o777, elsewhere.read_text()) == (0o600, "as it was")
    assert any(str(file) in line for line in said)


def test_no_token_is_created_that_could_not_be_shown(engine: Engine, start: Start) -> None:
    said = start(ShownOnce())
    assert number(engine, "token") == number(engine, "session") == 0
    assert any("lifecycle token create" in line for line in said)


def test_a_service_in_the_background_prints_no_credential(tmp_path: Path, document: Json) -> None:
    url, file = f"sqlite:///{tmp_path / 'new.db'}", tmp_path / "new.db.credentials"
    with Server(tmp_path / "log", document, url, "serve") as server:
        token = re.findall(r"lc_[\w-]+", file.read_text())[0]
        assert server.desk(token).get("/v1/clock")["sandbox"] is False
        server.end()
    assert not SECRET.search(server.said)
    assert f"Database: SQLite file {tmp_path / 'new.db'}" in server.said


def test_a_scheduler_prints_its_database(tmp_path: Path, postgres_url: str) -> None:
    with Process(tmp_path / "log", "scheduler", "--database-url", postgres_url) as scheduler:
        while scheduler.is_running and "Database: PostgreSQL database " not in scheduler.said:
            pass
        scheduler.end()
    assert "Database: PostgreSQL database " in scheduler.said


@pytest.mark.parametrize("content", ["", "\n", "  \n"])
@pytest.mark.parametrize("name", ["LIFECYCLE_ADMIN_TOKEN", "LIFECYCLE_DATABASE_URL"])
def test_a_blank_file_of_a_secret_is_refused_by_name(
    name: str, content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    file.write_text(content)
    monkeypatch.setenv(f"{name}_FILE", str(file))
    done = CliRunner().invoke(app, ["serve"])
    assert (
        done.exit_code,
        f"{name}_FILE names an empty file" in " ".join(done.output.replace("│", " ").split()),
    ) == (2, True)


@pytest.mark.parametrize("token", ["admin", "secret", "a" * 40, "password1234567", "1212121212121212"])
@pytest.mark.parametrize("command", ["serve", "api"])
def test_a_token_that_can_be_guessed_is_refused(
    command: str, token: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    monkeypatch.setenv("LIFECYCLE_ADMIN_TOKEN", token)
    assert "LIFECYCLE_ADMIN_TOKEN" in invoke(command, "--database-url", sqlite_url, status=2)


def test_a_sandbox_accepts_a_weak_token_with_a_warning(tmp_path: Path, document: Json) -> None:
    url, log = f"sqlite:///{tmp_path / 'new.db'}", tmp_path / "log"
    words = ("serve", "--sandbox", "--now", "2022-04-01T09:00:00+09:00")
    with Server(log, document, url, *words, **WITH_TOKEN | {"LIFECYCLE_ADMIN_TOKEN": "try-it-out"}) as server:
        assert server.desk("try-it-out").get("/v1/clock")["sandbox"] is True
        server.end()
    assert "fewer than 16 characters: a live service would refuse it" in server.said


def test_migrate_prints_the_database_without_the_password(postgres_url: str, invoke: Invoke) -> None:
    assert described(make_url("postgresql://desk:hush@db.example:5433/contracts?password=hush")) == (
        "PostgreSQL database contracts on db.example:5433"
    )
    assert described(make_url("postgresql://desk@/contracts?host=a:1&host=b:2")) == (
        "PostgreSQL database contracts on a:1, b:2"
    )
    said = invoke("migrate", "--database-url", as_login(postgres_url, "migrator"))
    assert said.startswith("Database: PostgreSQL database ")
