"""`lifecycle demo` on the command line: both languages, a kept file, a database that is not empty."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lifecycle.demo.book import BOOK, StoryLanguage
from lifecycle.records.engine import open_engine, reading
from lifecycle.timers.clock import read_clock
from tests.api.loaded import tool

ROOT = Path(__file__).parents[2]


TYPED = (sys.executable, "-m", "lifecycle.cli")


def demo(tmp: Path, *options: str, command: Sequence[str] = TYPED) -> subprocess.CompletedProcess[str]:
    """Runs the command with a folder for temporary files of its own."""
    env = os.environ | {"TMPDIR": str(tmp), "PYTHONIOENCODING": "utf-8", "COLUMNS": "400"}
    return subprocess.run(
        [*command, "demo", *options], cwd=ROOT, env=env, capture_output=True, encoding="utf-8", timeout=120
    )


VERIFIED: dict[StoryLanguage, str] = {
    "en": r"23 contracts, 4 refusals\. All 29 hash chains verify: \d+ history rows",
    "ja": r"契約23件、拒否4件。ハッシュチェーン29本（履歴\d+行）をすべて検証",
}


def tells_every_story(lines: Sequence[str], lang: StoryLanguage) -> None:
    """Check that the output contains every story and the verification of the chains."""
    for story in BOOK.stories:
        assert f"{story.reference}  {story.title.to(lang)}" in lines
    assert [line for line in lines if re.match(VERIFIED[lang], line)] == [lines[-1]]


def test_the_demo_prints_every_story_and_then_the_hash_chains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demo uses a temporary file and never the database of the service's settings."""
    live, temporary = tmp_path / "live.db", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("LIFECYCLE_DATABASE_URL", f"sqlite:///{live}")
    done = demo(temporary, "--lang", "en")
    assert (done.returncode, done.stderr) == (0, "")
    tells_every_story(done.stdout.splitlines(), "en")
    assert list(temporary.iterdir()) == [], "the temporary database is still there"
    assert not live.exists()


def test_a_kept_demo_database_is_a_sandbox_and_is_not_played_on_twice(tmp_path: Path) -> None:
    file, command = tmp_path / "kept.db", [f"{tool()}"]
    done = demo(tmp_path, "--lang", "ja", "--keep", str(file), command=command)
    assert (done.returncode, done.stderr) == (0, "")
    *lines, last = done.stdout.splitlines()
    tells_every_story(lines, "ja")
    assert last == f"続きを見るには：lifecycle serve --sandbox --database-url sqlite:///{file}"
    engine = open_engine(f"sqlite:///{file}")
    with reading(engine) as conn:
        assert read_clock(conn).sandbox_now == BOOK.ends_at
    engine.dispose()
    again = demo(tmp_path, "--keep", str(file), command=command)
    assert again.returncode == 2 and "is there already" in again.stderr
    other = demo(tmp_path, "--database-url", f"sqlite:///{file}", command=command)
    assert other.returncode == 1 and "empty database" in other.stderr
