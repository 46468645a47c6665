"""The settings: the generated page, the refusal of unknown variables, and secrets read from files."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lifecycle.cli import app
from lifecycle.cli.settings import SECRETS
from tests.docs.settings import PAGE, drawn


def test_the_page_shows_the_settings_as_they_are() -> None:
    page = PAGE.read_text("utf-8")
    assert "LIFECYCLE_DATABASE_URL" in page
    assert page == drawn(page), "draw it anew: python -m tests.docs.settings"


def run(*words: str, status: int) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == status, done.output
    return " ".join(done.output.replace("│", " ").split())


def test_an_unknown_variable_is_refused_with_the_most_similar_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFECYCLE_SWEEP_INTERVL", "5")
    said = run("terms", status=2)
    assert "there is no setting LIFECYCLE_SWEEP_INTERVL; is it LIFECYCLE_SWEEP_INTERVAL?" in said
    monkeypatch.delenv("LIFECYCLE_SWEEP_INTERVL")
    monkeypatch.setenv("LIFECYCLE_ZZZ", "x")
    said = run("terms", status=2)
    assert "there is no setting LIFECYCLE_ZZZ" in said and "is it" not in said


def test_a_secret_is_read_from_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_url: str) -> None:
    file = tmp_path / "url"
    file.write_text(f"{sqlite_url}\n")
    monkeypatch.setenv("LIFECYCLE_DATABASE_URL_FILE", str(file))
    assert "due" in run("due", "--until", "2022-05-01", status=0)
    monkeypatch.setenv("LIFECYCLE_DATABASE_URL", sqlite_url)
    assert "not both" in run("due", "--until", "2022-05-01", status=2)


@pytest.mark.parametrize("name", SECRETS)
def test_a_file_that_cannot_be_read_is_named_by_its_setting(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"{name}_FILE", "/nowhere/at/all")
    assert f"{name}_FILE cannot be read: No such file" in run("terms", status=2)
