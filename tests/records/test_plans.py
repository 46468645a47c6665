"""Frequent queries use an index and never read all contracts; see tests/records/plans.py."""

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH, MAX_CACHED_STATEMENT_PARAMS
from sqlalchemy import Connection, Engine, text
from sqlalchemy.dialects.postgresql import psycopg

from lifecycle.records import finding
from lifecycle.records.engine import is_sqlite, open_engine
from lifecycle.timers.due import NONE, _earliest
from tests.records.plans import QUESTIONS, fill, read_whole, undone

ROWS = 20_000
READ_ALL = {
    "a customer", "a reference", "an end of a number", "two Latin letters", "two signs of a name",
    "a text, by the order of id",
}  # fmt: skip  # SQLite searches an index from end to end


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


@pytest.mark.parametrize("many", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", sorted(QUESTIONS.keys() - READ_ALL))
def test_sqlite_needs_no_step_for_every_row_of_a_question(many: Engine, name: str) -> None:
    with undone(many) as conn:
        assert steps(conn, QUESTIONS[name]) < ROWS


def test_the_test_detects_steps_for_every_row(many: Engine) -> None:
    if is_sqlite(many):
        by_id = text("SELECT id FROM contract WHERE informal_on IS NOT NULL AND id > '' ORDER BY id LIMIT 9")
        with undone(many) as conn:
            assert steps(conn, lambda conn: conn.execute(by_id).all()) > ROWS


def steps(conn: Connection, ask: Callable[[Connection], Any]) -> int:
    """The instructions that SQLite executes to answer a question."""
    counted, every = count(), 100
    driver: Any = conn.connection.driver_connection
    driver.set_progress_handler(lambda: next(counted) < 0, every)
    ask(conn)
    driver.set_progress_handler(None, 0)
    return every * next(counted)


def test_the_driver_caches_the_most_frequent_statement() -> None:
    asked: Any = _earliest(NONE).compile(dialect=psycopg.dialect())
    assert len(str(asked)) <= MAX_CACHED_STATEMENT_LENGTH and len(asked.params) <= MAX_CACHED_STATEMENT_PARAMS


def test_the_test_detects_a_read_of_a_whole_table(many: Engine) -> None:
    assert read_whole(
        many, lambda conn: conn.execute(text("SELECT count(*) FROM contract WHERE version > 3")).all()
    )
