"""Statements sent directly to the driver give the results and errors of those sent through SQLAlchemy."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, bindparam, event, insert, select
from sqlalchemy.exc import IntegrityError

from lifecycle.records import tables
from lifecycle.records.compiled import compiled, execute_text, fetch_tuples
from lifecycle.records.engine import reading, writing

DUE = datetime(2022, 5, 1, tzinfo=UTC)
COLUMNS = ("subject_id", "event", "due_at", "attempts", "reason", "retry_at")
ADD = insert(tables.parked).values({name: bindparam(name) for name in COLUMNS})
LOOK = select(tables.parked.c.subject_id).where(tables.parked.c.event == bindparam("event"))


def _add(conn: Connection, row: dict[str, Any]) -> int:
    text, bind = compiled(ADD, conn.dialect)
    added: int = execute_text(conn, text, bind(row)).rowcount
    return added


@pytest.mark.parametrize("heard", [False, True], ids=["straight", "listened to"])
def test_a_compiled_insert_is_stored_and_a_duplicate_is_refused(engine: Engine, heard: bool) -> None:
    statements: list[str] = []
    if heard:
        event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    row = {"event": "terminate", "due_at": DUE, "attempts": 1, "reason": "Sakura", "retry_at": None}
    with writing(engine) as conn:
        assert [_add(conn, row | {"subject_id": id_}) for id_ in ("c_1", "c_2")] == [1, 1]
    with pytest.raises(IntegrityError) as refused, writing(engine) as conn:
        _add(conn, row | {"subject_id": "c_1"})
    assert "Sakura" not in str(refused.value)
    with reading(engine) as conn:
        assert sorted(fetch_tuples(conn, LOOK, {"event": "terminate"})) == [("c_1",), ("c_2",)]
        assert fetch_tuples(conn, LOOK, {"event": "lapse"}) == []
    assert len(statements) == 5 * heard
