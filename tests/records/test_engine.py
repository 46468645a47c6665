"""Transactions are atomic on both databases; and which databases are supported."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, bindparam, insert, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples
from lifecycle.records.engine import open_engine, reading, writing

NOON = datetime(2022, 5, 1, 12, tzinfo=timezone(timedelta(hours=9)))


@pytest.mark.parametrize("url", ["mysql://root@/x", "oracle://x", "mssql://x"])
def test_another_kind_of_database_is_refused_by_name(url: str) -> None:
    with pytest.raises(ValueError, match="the database is SQLite or PostgreSQL, not "):
        open_engine(url)


def test_a_committed_row_is_readable_after_the_transaction(engine: Engine) -> None:
    with writing(engine) as conn:
        conn.execute(insert(tables.clock), {"id": 1, "heartbeat_at": NOON})
    with reading(engine) as conn:
        assert conn.execute(select(tables.clock.c.heartbeat_at)).scalar_one() == NOON


def test_an_exception_rolls_everything_back(engine: Engine) -> None:
    def interrupted() -> None:
        with writing(engine) as conn:
            conn.execute(insert(tables.clock), {"id": 1})
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    with reading(engine) as conn:
        assert conn.execute(select(tables.clock)).all() == []


def test_an_instant_round_trips_with_its_zone(engine: Engine) -> None:
    with writing(engine) as conn:
        conn.execute(insert(tables.clock), {"id": 1, "heartbeat_at": NOON})
        found = conn.execute(select(tables.clock.c.heartbeat_at)).scalar_one()
    assert (found, found.utcoffset()) == (NOON, timedelta())


def test_an_instant_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError), writing(engine) as conn:
        conn.execute(insert(tables.clock), {"id": 1, "heartbeat_at": datetime(2022, 5, 1)})


def test_microseconds_are_kept(engine: Engine) -> None:
    at = datetime(2022, 5, 1, 0, 0, 0, 1, tzinfo=UTC)
    with writing(engine) as conn:
        conn.execute(insert(tables.clock), {"id": 1, "heartbeat_at": at})
        assert conn.execute(select(tables.clock.c.heartbeat_at)).scalar_one() == at


def test_rows_as_the_driver_gives_them_fail_as_others_do(engine: Engine) -> None:
    with writing(engine) as conn:
        conn.execute(
            insert(tables.operations_log),
            {"at": NOON, "event": "resume", "actor": "a", "reason": "b", "facts": {}},
        )
        wanted = select(tables.operations_log.c.actor).where(tables.operations_log.c.at <= bindparam("until"))
        assert fetch_tuples(conn, wanted, {"until": NOON}) == [("a",)]
        assert fetch_tuples(conn, wanted, {"until": NOON - timedelta(microseconds=1)}) == []
    with pytest.raises(DBAPIError), reading(engine) as conn:
        fetch_tuples(conn, text("SELECT nothing FROM nowhere"), {})
