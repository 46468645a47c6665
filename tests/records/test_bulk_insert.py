"""Bulk inserts reach the tables complete and in order, with any values."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Integer, bindparam, func, literal_column, select

from lifecycle.records import tables
from lifecycle.records.bulk_insert import ConcurrentChange, Condition, write_row_sets
from lifecycle.records.engine import reading, writing
from lifecycle.records.row_sets import MANY, RowSet

AT = datetime(2026, 1, 31, 15, tzinfo=UTC)
HISTORY = tuple(column.name for column in tables.history.columns)
PAYLOADS = ['{"because_ja":"終了"}', "", '\\n\\"\t', "a𠮟é"]


def test_payloads_arrive_as_the_bytes_that_were_hashed(engine: Engine) -> None:
    rows = [("c_1", seq, "c_1", "apply", AT, AT, "desk", "0" * 64, text) for seq, text in enumerate(PAYLOADS)]
    with writing(engine) as conn:
        write_row_sets(conn, [RowSet(tables.history, HISTORY, [(*row[:-1], row[-1].encode()) for row in rows])])
    with reading(engine) as conn:
        found = conn.execute(select(tables.history).order_by(tables.history.c.seq)).all()
    assert [tuple(row) for row in found] == rows


def test_rows_are_inserted_in_their_order(engine: Engine) -> None:
    said = [(f"c_{n * 7919 % 100}", n) for n in range(100)]
    with writing(engine) as conn:
        write_row_sets(conn, [RowSet(tables.outbox, ("subject_id", "seq"), said)])
    with reading(engine) as conn:
        pending = tables.outbox.c
        found = conn.execute(select(pending.subject_id, pending.seq).order_by(pending.id)).all()
    assert [tuple(row) for row in found] == said


@pytest.mark.parametrize("number", [3, 300])
@pytest.mark.parametrize(("least", "there"), [(7, False), (5, True)], ids=["not so", "so"])
def test_conditional_rows_are_written_only_if_the_condition_holds(
    engine: Engine, number: int, least: int, there: bool
) -> None:
    sets = [
        RowSet(tables.outbox, ("subject_id", "seq"), [(f"c_{n}", n) for n in range(number)]),
        RowSet(tables.history, HISTORY, [("c_1", 1, "c_1", "apply", AT, AT, "desk", "0" * 64, b"{}")]),
    ]
    is_so = bindparam("least", type_=Integer) < literal_column("6")
    asked = select(is_so.label("is_so"), literal_column("7").label("beside_it"))
    with writing(engine) as conn:
        assert write_row_sets(conn, sets, only_if=Condition(asked, {"least": least})) == [(there, 7)]
    with reading(engine) as conn:
        written = [conn.scalar(select(func.count()).select_from(one.table)) for one in sets]
    assert written == ([number, 1] if there else [0, 0])


NAMES = ("state", "known_at", "recovered_at", "attributable")
OUTAGES = [(id_, 3, 1, "alert", ["c_1", "c_2"], "open", AT, None, None) for id_ in ("x_1", "x_2")]
OPENED = RowSet(tables.SUBJECTS["outage"], ("id", "version", "seq", "source", "contracts", *NAMES), OUTAGES)


def _recovered(engine: Engine, version: int) -> list[tuple[Any, ...]]:
    """What is stored of two outages, after an update that read one of them at a version; and what waits."""
    new = [("recovered", AT, AT, True, "x_1", 3), ("recovered", AT, AT, False, "x_2", version)]
    table = tables.SUBJECTS["outage"]
    waiting = RowSet(tables.outbox, ("subject_id", "seq"), [("x_1", 2)])
    with suppress(ConcurrentChange), writing(engine) as conn:
        write_row_sets(conn, [waiting], [RowSet(table, NAMES, new)])
    with reading(engine) as conn:
        names = (table.c.id, table.c.contracts, *(table.c[name] for name in NAMES))
        found = [tuple(row) for row in conn.execute(select(*names).order_by(table.c.id))]
        return [*found, *(tuple(row) for row in conn.execute(select(tables.outbox.c.subject_id)))]


def test_rows_are_updated_at_the_version_that_was_read(engine: Engine) -> None:
    with writing(engine) as conn:
        write_row_sets(conn, [OPENED])
    was = [(id_, ["c_1", "c_2"], "open", AT, None, None) for id_ in ("x_1", "x_2")]
    assert _recovered(engine, version=2) == was
    assert _recovered(engine, version=3) == [
        ("x_1", ["c_1", "c_2"], "recovered", AT, AT, True),
        ("x_2", ["c_1", "c_2"], "recovered", AT, AT, False),
        ("x_1",),
    ]


def test_a_bulk_write_with_a_changed_row_inserts_nothing(engine: Engine) -> None:
    with writing(engine) as conn:
        write_row_sets(conn, [OPENED])
    with pytest.raises(ConcurrentChange, match="x_1 is no longer at version 2"), writing(engine) as conn:
        write_row_sets(conn, [OPENED], [RowSet(OPENED.table, ("state",), [("recovered", "x_1", 2)])])


def test_many_rows_get_what_they_have_in_common_and_what_is_their_own(engine: Engine) -> None:
    table, ids = OPENED.table, [f"x_{n:02d}" for n in range(2 * MANY)]
    opened = [(id_, 3, 1, "alert", ["c_1", "終"], "open", AT, None, None) for id_ in ids]
    recovered = [("recovered", AT, AT + timedelta(n), True, id_, 3) for n, id_ in enumerate(ids)]
    said = [(id_, 1, id_, "open", AT, AT, "desk", f"{n:064d}", PAYLOADS[0]) for n, id_ in enumerate(ids)]
    with writing(engine) as conn:
        write_row_sets(conn, [OPENED._replace(rows=opened)])
        history = RowSet(tables.history, HISTORY, [(*row[:-1], row[-1].encode()) for row in said])
        write_row_sets(conn, [history], [RowSet(table, NAMES, recovered)])
        of_two_versions = [*recovered[:-1], (*recovered[-1][:-1], 2)]
        with pytest.raises(ConcurrentChange, match=f"1 of {2 * MANY}"):
            write_row_sets(conn, [], [RowSet(table, NAMES, of_two_versions)])
        names = (table.c.id, table.c.version, table.c.contracts, *(table.c[name] for name in NAMES))
        found = [tuple(row) for row in conn.execute(select(*names).order_by(table.c.id))]
        assert found == [(id_, 3, ["c_1", "終"], *row[:4]) for id_, row in zip(ids, recovered, strict=True)]
        written = conn.execute(select(tables.history).order_by(tables.history.c.subject_id)).all()
        assert [tuple(row) for row in written] == said
