"""Rows of one file that are stored together: each sees the effect of the rows before it."""

from typing import Any

import pytest
from sqlalchemy import Engine, event

from lifecycle.records import tables
from tests.imports.test_import import applications, contract, rows_in, said, take
from tests.imports.test_more_kinds import accept


@pytest.fixture
def desk(engine: Engine) -> Engine:
    """Three contracts in billing, without options."""
    take(engine, *(row | {"options.0.reference": ""} for row in applications(3)))
    take(engine, *(accept(f"A-{n}") for n in (1, 2, 3)))
    return engine


def used(reference: str, month: str, hours: str) -> dict[str, str]:
    return {"contract": reference, "month": month, "transcode_hours": hours}


def test_several_rows_about_one_contract_take_effect_in_order(desk: Engine) -> None:
    rows = used("A-1", "2022-05", "3"), used("A-2", "2022-05", "4"), used("A-1", "2022-06", "5")
    done = take(desk, *rows, used("A-1", "2022-05", "7"), used("A-1", "2022-05", "7"))
    assert (done.new, done.there, said(done)) == (4, 1, [])
    assert {u.month: u.transcode_hours for u in contract(desk).usages} == {"2022-05": "7", "2022-06": "5"}


@pytest.mark.parametrize("item", [{}, {"item": "basic"}], ids=["options", "item changes"])
def test_one_reference_is_given_once_in_a_file(desk: Engine, item: dict[str, str]) -> None:
    row = {"contract": "A-1", "reference": "A-D", "received_on": "2022/6/1"} | item
    done = take(desk, row, row | {"contract": "A-2"}, row | {"contract": "A-3", "reference": "a-d2"})
    (part,) = contract(desk).subjects[1:]
    assert (done.new, said(done)) == (2, [(3, f"the reference is taken by another one: {part.id}")])
    assert contract(desk, "A-2").subjects[1:] == ()
    again = take(desk, row, row | {"contract": "A-2", "reference": "a-d2"})
    assert (again.new, again.there, [place for place, _ in said(again)]) == (0, 1, [3])


def test_a_refused_row_does_not_affect_its_neighbours(desk: Engine) -> None:
    before = rows_in(desk, tables.history)
    done = take(desk, used("A-1", "2022-05", "1"), used("none", "2022-05", "1"), used("A-3", "2022-05", "2"))
    assert (done.new, said(done)) == (2, [(3, "no contract has this reference or id")])
    assert rows_in(desk, tables.history) == before + 2


def test_a_late_row_is_recorded_at_its_place_among_the_others(desk: Engine) -> None:
    def notice(reference: str, arrived: str) -> dict[str, str]:
        return {"contract": reference, "arrived_on": arrived, "reason": "by post"}

    rows = notice("A-1", "2022/6/20"), notice("A-1", "2022/6/10"), notice("A-2", "2022/6/15")
    done = take(desk, *rows)
    assert (done.new, said(done)) == (3, [])
    assert [str(n.arrived_on) for n in contract(desk).contract.notices] == ["2022-06-10", "2022-06-20"]
    assert contract(desk, "A-2").contract.state == "cancel_notified"


def test_more_rows_need_no_more_statements(desk: Engine) -> None:
    asked: list[Any] = []
    event.listen(desk, "before_cursor_execute", lambda *of: asked.append(of[2]))

    def statements(*rows: dict[str, str]) -> int:
        asked.clear()
        assert take(desk, *rows).new == len(rows)
        return len(asked)

    take(desk, *(used(f"A-{n}", "2022-04", "1") for n in (1, 2, 3)))
    assert statements(used("A-1", "2022-05", "1")) == statements(
        *(used(f"A-{n}", "2022-06", "1") for n in (1, 2, 3))
    )
    for item in ({"received_on": "2022/6/1"}, {"received_on": "2022/6/2", "item": "basic"}):
        one, *others = [{"contract": f"A-{n}", "reference": f"P-{n}"} | item for n in (1, 2, 3)]
        assert statements(one) == statements(*others)
