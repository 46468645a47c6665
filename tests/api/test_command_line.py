"""`lifecycle …` in the process of the test: output and refusals, without tracebacks."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lifecycle import cli
from tests.api.desk import Desk, Invoke
from tests.postgres import as_login

COMMANDS = [[], ["serve"], ["api"], ["scheduler"], ["migrate"], ["due"], ["terms"], ["token"],
            ["token", "create"], ["token", "list"], ["token", "revoke"]]  # fmt: skip
SLIPS: list[tuple[str, ...]] = [
    ("serve", "--now", "2022-04-01T09:00:00+09:00"),
    ("serve", "--sandbox", "--now", "yesterday"),
    ("serve", "--sandbox"),
    ("serve", "--port", "0"),
    ("serve", "--sweep-interval", "0"),
    ("due", "--until", "2022-05-01T00:00:00"),
    ("due", "--until", "tomorrow"),
    ("terms", "--on", "2022-02-30"),
    ("token", "create", "--name", "x", "--role", "emperor"),
    ("migrate", "--database-url", "mysql://nobody@nowhere/none"),
    ("migrate", "--database-url", "nonsense"),
    ("migrate", "--database-url", "sqlite:////nowhere/at/all.db"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_a_help_text(invoke: Invoke, words: list[str]) -> None:
    explained = invoke(*words, "--help")
    assert "Usage: " in explained
    if words and words != ["token"] and words != ["terms"]:
        assert "--database-url" in explained


def test_the_due_command_lists_timers_in_order(desk: Desk, database_url: str, invoke: Invoke) -> None:
    contract = desk.do(desk.accepted(), "notify_cancellation")
    shown = invoke("due", "--until", "2022-12-31", "--database-url", database_url)
    assert shown.index("start_billing") < shown.index("terminate")
    for word in ("2022-05-01T00:00:00+09:00", contract["reference"], "cancel_notified", "terminated"):
        assert word in shown
    assert "start_billing" not in invoke("due", "--until", "2022-04-30", "--database-url", database_url)


def test_the_terms_of_a_day_are_shown_as_json(invoke: Invoke) -> None:
    assert '"version": "2022-05-01"' in invoke("terms", "--on", "2022-05-01")
    assert '"version": "2021-11-01"' in invoke("terms", "--on", "2022-04-30T14:59:59Z")
    assert "No version of the terms is in force" in invoke("terms", "--on", "2020-11-30", status=1)


def test_a_token_is_made_once_per_name_and_kept_nowhere(desk: Desk, database_url: str, invoke: Invoke) -> None:
    url = ("--database-url", database_url)
    words = ("token", "create", "--name", "鈴木", "--role", "order_desk", "--role", "operator", *url)
    token = invoke(*words).strip()
    assert token.startswith("lc_")
    assert "there is a token named 鈴木 already" in invoke(*words, status=1)
    other = ("token", "create", "--role", "viewer", *url, "--name")
    assert "the name admin is reserved" in invoke(*other, "admin", status=1)
    assert "its last day is over already" in invoke(*other, "佐藤", "--expires-on", "2022-03-31", status=1)
    with desk.engine.connect() as conn:
        assert token not in str(conn.exec_driver_sql("SELECT * FROM token").all())
    bearer = {"Authorization": f"Bearer {token}"}
    assert desk.client.get("/v1/contracts", headers=bearer).status_code == 200
    applied = desk.post("/v1/contracts", desk.application | {"reference": "K"}, 201, headers=bearer)
    assert desk.history(applied)[0]["actor"] == "鈴木"


def test_tokens_are_listed_and_revoked(desk: Desk, database_url: str, invoke: Invoke) -> None:
    url = ("--database-url", database_url)
    ends = {"sato": ("--expires-on", "2099-03-31"), "ito": ("--expires-on", "never"), "abe": ()}
    made = {name: invoke("token", "create", "--name", name, "--role", "viewer", *more, *url).strip()
            for name, more in ends.items()}  # fmt: skip
    invoke("token", "revoke", "--name", "ito", "--reason", "lost", *url)
    assert "no token named nobody" in invoke(
        "token", "revoke", "--name", "nobody", "--reason", "x", *url, status=1
    )
    listed = invoke("token", "list", *url)
    assert all(words in listed for words in ("2099-03-31", "never ends", "by command line: lost"))
    assert not [token for token in made.values() if token in listed]
    shown = {name: desk.client.get("/v1/clock", headers={"Authorization": f"Bearer {token}"}).status_code
             for name, token in made.items()}  # fmt: skip
    assert shown == {"sato": 200, "ito": 401, "abe": 200}


def test_a_database_without_tables_is_to_be_migrated_first(
    invoke: Invoke, tmp_path: Path, database_url: str
) -> None:
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    for words in (["api"], ["scheduler"], ["due", "--until", "2022-05-01"], ["token", "list"]):
        assert "run lifecycle migrate" in invoke(*words, "--database-url", empty, status=1)
    for url in (empty, as_login(database_url, "migrator")):  # where nothing is to be done it does nothing
        assert invoke("migrate", "--database-url", url).endswith("The database is at the newest revision.\n")


@pytest.mark.parametrize("words", SLIPS, ids=" ".join)
def test_a_wrong_command_line_gives_no_traceback(
    words: tuple[str, ...], sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIFECYCLE_DATABASE_URL", sqlite_url)
    done = CliRunner().invoke(cli.app, words)
    assert (done.exit_code in (1, 2, 3), type(done.exception)) == (True, SystemExit), done.output
