"""Statements that go to SQLite's driver itself answer, and fail, as those that SQLAlchemy carries."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, bindparam, event, insert, select
from sqlalchemy.exc import IntegrityError

from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples, run_compiled
from lifecycle.records.engine import reading, writing

DUE = datetime(2022, 5, 1, tzinfo=UTC)
COLUMNS = ("subject_id", "event", "due_at", "attempts", "reason", "retry_at")
ADD = insert(tables.parked).values({name: bindparam(name) for name in COLUMNS})
LOOK = select(tables.parked.c.subject_id).where(tables.parked.c.event == bindparam("event"))


@pytest.mark.parametrize("heard", [False, True], ids=["straight", "listened to"])
def test_what_is_added_is_found_and_added_twice_it_is_refused(engine: Engine, heard: bool) -> None:
    statements: list[str] = []
    if heard:
        event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    row = {"event": "terminate", "due_at": DUE, "attempts": 1, "reason": "Sakura", "retry_at": None}
    with writing(engine) as conn:
        assert run_compiled(conn, ADD, {"subject_id": "c_1"} | row, {"subject_id": "c_2"} | row) == 2
    with pytest.raises(IntegrityError) as refused, writing(engine) as conn:
        run_compiled(conn, ADD, {"subject_id": "c_1"} | row)
    assert "Sakura" not in str(refused.value)
    with reading(engine) as conn:
        assert sorted(fetch_tuples(conn, LOOK, {"event": "terminate"})) == [("c_1",), ("c_2",)]
        assert fetch_tuples(conn, LOOK, {"event": "lapse"}) == []
    assert len(statements) == 4 * heard
