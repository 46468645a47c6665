"""An error at the start is one sentence with its own exit code; the start waits for a slow database."""

import json
import os
import signal
import socket
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from lifecycle.cli import app, terms
from tests.api.desk import Desk, Invoke, Json
from tests.api.loaded import tool
from tests.api.processes import CLEAN, WITH_TOKEN, Server, free_port

PASSWORD = "geheimnis-4711"


def lifecycle(*words: str, **settings: str) -> tuple[int, str]:
    """Return the exit code of a command and its standard error."""
    done = run([f"{tool()}", *words], capture_output=True, text=True, timeout=60, env=CLEAN | settings)
    return done.returncode, done.stderr


def nobody_there() -> str:
    return f"postgresql://desk:{PASSWORD}@127.0.0.1:{free_port()}/lifecycle"


@pytest.mark.parametrize("words", [["serve"], ["api"], ["scheduler"], ["--log", "json", "migrate"]], ids=" ".join)
def test_a_server_that_is_not_there_is_one_json_line_and_exit_code_3(words: list[str]) -> None:
    code, said = lifecycle(*words, "--database-wait", "0", "--database-url", nobody_there())
    (line,) = said.splitlines()
    assert (code, json.loads(line)["level"]) == (3, "error")
    assert json.loads(line)["event"].startswith("cannot open the PostgreSQL database lifecycle on 127.0.0.1:")
    assert PASSWORD not in said


def test_other_commands_print_the_error_as_text_unless_logs_are_json() -> None:
    code, said = lifecycle("token", "list", "--database-url", nobody_there())
    assert (code, said.startswith("the database cannot be used: "), said.count("\n")) == (3, True, 1)
    code, said = lifecycle("token", "list", "--database-url", nobody_there(), LIFECYCLE_LOG="json")
    assert (code, "the database cannot be used" in json.loads(said)["event"]) == (3, True)


def test_a_wrong_option_is_one_json_line_and_exit_code_2() -> None:
    code, said = lifecycle("serve", "--port", "0")
    assert (code, "--port" in json.loads(said)["event"]) == (2, True)


def test_an_address_in_use_is_a_sentence_and_no_token_is_made(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        code, said = lifecycle("serve", "--port", f"{port}", "--database-url", f"sqlite:///{tmp_path / 'new.db'}")
    assert (code, json.loads(said)["event"]) == (
        1,
        f"cannot listen on 127.0.0.1, port {port}: Address already in use",
    )
    assert not (tmp_path / "new.db.credentials").exists()


def test_the_password_of_an_unreadable_address_is_not_printed() -> None:
    code, said = lifecycle("migrate", "--database-url", f"postgresql://desk:a@b:{PASSWORD}@host:5x/lifecycle")
    assert (code, PASSWORD in said, "%40" in said) == (2, False, True)


def test_an_address_that_is_wrong_and_a_folder_that_is_not_there_have_their_exit_codes(tmp_path: Path) -> None:
    assert lifecycle("migrate", "--database-url", f"mysql://desk:{PASSWORD}@host/lifecycle")[0] == 2
    assert lifecycle("serve", "--database-url", f"sqlite:///{tmp_path}/none/new.db")[0] == 3


def test_a_program_fault_is_one_sentence_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "tokyo_day", lambda _: 1 / 0)
    done = CliRunner().invoke(app, ["terms"])
    assert done.exit_code == 70 and "a fault of the program: ZeroDivisionError" in done.output
    assert "Traceback" not in done.output and "test_starting.py" in done.output


@pytest.mark.parametrize("level", ["WARNING", "Warning", "info", "DEBUG"])
def test_levels_of_the_log_are_taken_in_any_case(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFECYCLE_LOG_LEVEL", level)
    monkeypatch.setenv("LIFECYCLE_LOG", "JSON")
    assert CliRunner().invoke(app, ["terms", "--on", "2022-05-01"]).exit_code == 0


def test_a_start_waits_for_a_server_that_is_coming_up(tmp_path: Path, document: Json, postgres_url: str) -> None:
    """The server's socket is reached through a door that opens late."""
    folder = make_url(postgres_url).query["host"]
    (inside,) = Path(f"{folder}").glob(".s.PGSQL.*[0-9]")
    late = tmp_path / inside.name

    def open_late() -> None:
        time.sleep(2)
        late.symlink_to(inside)

    url = make_url(postgres_url).update_query_dict({"host": f"{tmp_path}"})
    threading.Thread(target=open_late).start()
    words = ("api", "--database-wait", "40")
    with Server(
        tmp_path / "log", document, url.render_as_string(hide_password=False), *words, **WITH_TOKEN
    ) as server:
        assert server.desk().get("/readyz")["status"] == "ready"
        assert server.end() == 0
    assert "; waiting up to 40 s" in server.said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_file_is_whole_without_its_log_after_a_stop(number: int, tmp_path: Path, document: Json) -> None:
    file = tmp_path / "live.db"
    with Server(tmp_path / "log", document, f"sqlite:///{file}", "serve", **WITH_TOKEN) as server:
        contract = server.desk().apply()
        assert os.stat(f"{file}-wal").st_size > 0
        assert server.end(number) == 0
    assert sorted(path.name for path in tmp_path.glob("live.db*")) == ["live.db", "live.db.credentials"]
    with closing(sqlite3.connect(file)) as conn:
        assert conn.execute("SELECT id FROM contract").fetchall() == [(contract["id"],)]


def test_the_due_command_includes_outages_and_measures_on_record(
    desk: Desk, database_url: str, invoke: Invoke
) -> None:
    contract = desk.accepted()
    desk.move_to("2022-05-10")
    body: dict[str, Any] = {"known_at": "2022-05-04T01:00:00+09:00", "source": "self", "attributable": True}
    outage = desk.post("/v1/outages", body | {"contracts": [contract["id"]]}, 201)
    desk.post(f"/v1/outages/{outage['id']}/recover", {"recovered_at": "2022-05-10T09:00:00+09:00"})
    measure = {
        "kind": "suspension", "ground": "maintenance", "notified": True,
        "starts_at": "2022-05-11T00:00:00+09:00", "ends_at": "2022-05-12T00:00:00+09:00",
    }  # fmt: skip
    desk.post(f"/v1/contracts/{contract['id']}/measures", measure, 201)
    shown = invoke("due", "--until", "2023-12-31", "--database-url", database_url)
    assert "credit" in shown and "measure" in shown
