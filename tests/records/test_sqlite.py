"""SQLite with the settings that it needs: durable, private, and patient with other writers."""

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from lifecycle.records import tables
from lifecycle.records.engine import BUSY_MS, open_engine, reading, writing
from lifecycle.records.migrate import migrate

THREADS, WRITES = 8, 50

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_every_connection_is_durable_and_keeps_foreign_keys(engine: Engine) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": BUSY_MS}
    with reading(engine) as one, reading(engine) as two:
        for conn in (one, two):
            assert {name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted} == wanted


def test_an_option_without_its_contract_is_refused(engine: Engine) -> None:
    personal = {"contract_id": "c_nobody", "salt": "00", "data": {}, "search": ""}
    with pytest.raises(IntegrityError), writing(engine) as conn:
        conn.execute(insert(tables.personal), personal)


def test_a_new_database_is_its_owners_alone(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "own.db"
    own = open_engine(f"sqlite:///{file}")
    migrate(own)
    with reading(own), writing(own):
        kept = sorted(tmp_path.glob("own.db*"))
        assert [path.name for path in kept] == ["own.db", "own.db-shm", "own.db-wal"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    own.dispose()


def test_a_writer_takes_the_lock_at_once_and_a_reader_does_not(engine: Engine) -> None:
    other = sqlite3.connect(str(engine.url.database), timeout=0, isolation_level=None)
    with reading(engine) as conn:
        assert conn.connection.dbapi_connection.in_transaction  # type: ignore[union-attr]
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    for begun in (writing, Engine.begin):
        with begun(engine), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_reader_sees_the_last_commit_during_a_write(engine: Engine) -> None:
    with writing(engine) as conn:
        conn.execute(insert(tables.clock), {"id": 1})
    with writing(engine) as writer:
        writer.execute(text("DELETE FROM clock"))
        with reading(engine) as reader:
            assert reader.execute(select(tables.clock.c.id)).scalars().all() == [1]


def test_many_threads_write_and_no_write_is_locked_out_or_lost(engine: Engine) -> None:
    with writing(engine) as conn:
        conn.execute(insert(tables.outbox), {"id": 1, "subject_id": "c_1", "seq": 0})

    def add(_thread: int) -> None:
        for _ in range(WRITES):
            with writing(engine) as conn:
                seq = conn.execute(select(tables.outbox.c.seq)).scalar_one()
                conn.execute(update(tables.outbox).values(seq=seq + 1))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(add, range(THREADS)))
    with reading(engine) as conn:
        assert conn.execute(select(tables.outbox.c.seq)).scalar_one() == THREADS * WRITES


def test_a_new_file_may_be_opened_while_another_one_writes_to_it(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "new.db"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    Timer(0.2, other.close).start()
    own = open_engine(f"sqlite:///{file}")
    with writing(own) as conn:
        assert conn.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    own.dispose()
