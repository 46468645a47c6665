"""Frequent queries use an index and never read all contracts; see tests/records/plans.py."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH, MAX_CACHED_STATEMENT_PARAMS
from sqlalchemy import Engine, text
from sqlalchemy.dialects.postgresql import psycopg

from lifecycle.records import finding
from lifecycle.records.engine import open_engine
from lifecycle.timers.due import NONE, _earliest
from tests.records.plans import QUESTIONS, fill, read_whole

ROWS = 20_000


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database with many contracts."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        url = f"sqlite:///{shutil.copy(template, tmp_path_factory.mktemp('plans') / 'lifecycle.db')}"
        engine = open_engine(url)
        fill(engine, ROWS)
        yield engine
        engine.dispose()
        return
    server = request.getfixturevalue("postgres_server")
    with server.database(request.getfixturevalue("postgres_template")) as url:
        engine = open_engine(url)
        fill(engine, ROWS)
        yield engine
        engine.dispose()


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_question_reads_a_whole_table(many: Engine, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "FIRST", ROWS // 400)  # of a million it is as few
    assert read_whole(many, QUESTIONS[name]) == []


def test_the_driver_caches_the_most_frequent_statement() -> None:
    asked: Any = _earliest(NONE).compile(dialect=psycopg.dialect())
    assert len(str(asked)) <= MAX_CACHED_STATEMENT_LENGTH and len(asked.params) <= MAX_CACHED_STATEMENT_PARAMS


def test_the_test_detects_a_read_of_a_whole_table(many: Engine) -> None:
    assert read_whole(
        many, lambda conn: conn.execute(text("SELECT count(*) FROM contract WHERE version > 3")).all()
    )
