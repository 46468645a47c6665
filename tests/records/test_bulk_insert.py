"""Sets of rows reach the tables whole, in their order, whatever their values."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, Integer, bindparam, func, literal_column, select

from lifecycle.records import tables
from lifecycle.records.bulk_insert import FEW, Condition, RowSet, insert_row_sets, insert_rows, update_rows
from lifecycle.records.engine import reading, writing

AT = datetime(2026, 1, 31, 15, tzinfo=UTC)
HISTORY = tuple(column.name for column in tables.history.columns)
PAYLOADS = ['{"because_ja":"終了"}', "", '\\n\\"\t', "a𠮟é"]


def test_payloads_arrive_as_the_bytes_that_were_hashed(engine: Engine) -> None:
    rows = [("c_1", seq, "c_1", "apply", AT, AT, "desk", "0" * 64, text) for seq, text in enumerate(PAYLOADS)]
    with writing(engine) as conn:
        insert_rows(conn, tables.history, HISTORY, [(*row[:-1], row[-1].encode()) for row in rows])
    with reading(engine) as conn:
        found = conn.execute(select(tables.history).order_by(tables.history.c.seq)).all()
    assert [tuple(row) for row in found] == rows


def test_rows_are_inserted_in_their_order(engine: Engine) -> None:
    said = [(f"c_{n * 7919 % 100}", n) for n in range(100)]
    with writing(engine) as conn:
        insert_rows(conn, tables.outbox, ("subject_id", "seq"), said)
    with reading(engine) as conn:
        pending = tables.outbox.c
        found = conn.execute(select(pending.subject_id, pending.seq).order_by(pending.id)).all()
    assert [tuple(row) for row in found] == said


@pytest.mark.parametrize("number", [3, FEW + 1], ids=["in one statement", "by COPY"])
@pytest.mark.parametrize(("least", "there"), [(7, False), (5, True)], ids=["not so", "so"])
def test_rows_under_a_condition_are_written_only_where_it_is_so(
    engine: Engine, number: int, least: int, there: bool
) -> None:
    sets = [
        RowSet(tables.outbox, ("subject_id", "seq"), [(f"c_{n}", n) for n in range(number)]),
        RowSet(tables.history, HISTORY, [("c_1", 1, "c_1", "apply", AT, AT, "desk", "0" * 64, b"{}")]),
    ]
    is_so = bindparam("least", type_=Integer) < literal_column("6")
    asked = select(is_so.label("is_so"), literal_column("7").label("beside_it"))
    with writing(engine) as conn:
        assert insert_row_sets(conn, sets, Condition(asked, {"least": least})) == [(there, 7)]
    with reading(engine) as conn:
        written = [conn.scalar(select(func.count()).select_from(one.table)) for one in sets]
    assert written == ([number, 1] if there else [0, 0])


def test_a_row_at_another_version_is_not_updated_and_not_counted(engine: Engine) -> None:
    names = ("state", "known_at", "recovered_at", "attributable")
    opened = ("id", "version", "seq", "source", "contracts", *names)
    outages = [(id_, 3, 1, "alert", ["c_1", "c_2"], "open", AT, None, None) for id_ in ("x_1", "x_2")]
    with writing(engine) as conn:
        insert_rows(conn, tables.SUBJECTS["outage"], opened, outages)
        new = [("recovered", AT, AT, True, "x_1", 3), ("recovered", AT, AT, False, "x_2", 2)]
        assert update_rows(conn, tables.SUBJECTS["outage"], names, new) == 1
    with reading(engine) as conn:
        table = tables.SUBJECTS["outage"].c
        found = conn.execute(
            select(table.id, table.contracts, *(table[n] for n in names)).order_by(table.id)
        ).all()
    assert [tuple(row) for row in found] == [
        ("x_1", ["c_1", "c_2"], "recovered", AT, AT, True),
        ("x_2", ["c_1", "c_2"], "open", AT, None, None),
    ]
