"""Contracts with equal declared fields share one step: the rows are those of single steps."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, func, insert, select, update

from lifecycle.machines.unread import with_only
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.records.mapping import contract_with, rows_of
from lifecycle.terms.editions import EDITIONS
from lifecycle.timers import batch, shapes
from lifecycle.timers.ahead import NextBatch
from lifecycle.timers.due import DueGroup
from lifecycle.timers.shapes import Shapes
from lifecycle.timers.sweep import sweep
from tests.commands.proof import verify
from tests.scheduler.books import DAY, FIRST, Story, fill, midnight
from tests.scheduler.look import parked, rows
from tests.scheduler.test_bulk_equals_single import one_by_one

END = midnight(FIRST + 31 * DAY)


def book() -> list[Story]:
    """Forty contracts that end and forty whose billing starts on one day, with four shapes each."""
    made = []
    for number in range(40):
        start = FIRST - (90 + number % 4) * DAY
        made.append(Story(number).apply(start - number * DAY).accept(start, start).notify(FIRST))
    for number in range(40, 80):
        story = Story(number).apply(FIRST - number * DAY, "basic" if number % 2 else "premium")
        made.append(story.accept(FIRST - 3 * DAY, FIRST + 31 * DAY))
    return made


def with_option(number: int) -> Story:
    """A contract with an option that ends on the day of the others."""
    start = FIRST - 90 * DAY
    story = Story(number).apply(start).apply_for_option(start).accept(start, start)
    return story.notify(FIRST)


def spoil(engine: Engine, contract_id: str) -> None:
    """Put a row in the place of the contract's end."""
    row = {
        "subject_id": contract_id, "contract_id": contract_id, "seq": 5, "event": "terminate", "actor": "nobody",
        "effective_at": END, "recorded_at": END, "hash": "", "payload": "{}",
    }  # fmt: skip
    with writing(engine) as conn:
        conn.execute(insert(tables.history), row)


def steps_taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the contracts whose step is shared, one id each."""
    taken: list[str] = []
    learn = Shapes._step

    def step(self: Shapes, rows: object, contract_id: str, name: str) -> object:
        taken.append(name)
        return learn(self, rows, contract_id, name)  # type: ignore[arg-type]

    monkeypatch.setattr(Shapes, "_step", step)
    return taken


def test_few_steps_leave_the_rows_that_a_step_each_leaves(
    engine: Engine, twin: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for database in (engine, twin):
        fill(database, book())
    taken = steps_taken(monkeypatch)
    assert sweep(engine, END, batch=30).fired == one_by_one(twin, END) == 80
    assert sorted(taken) == ["start_billing"] * 2 + ["terminate"] * 4
    assert rows(engine, "clock", "pending") == rows(twin, "clock", "pending")
    assert verify(engine) == verify(twin)


@pytest.mark.parametrize(("named", "read_whole"), [(True, 0), (False, 80)])
def test_a_step_taken_alone_reads_the_fields_of_its_event_and_all_where_one_is_not_named(
    engine: Engine, twin: Engine, monkeypatch: pytest.MonkeyPatch, named: bool, read_whole: int
) -> None:
    for database in (engine, twin):
        fill(database, book())
    whole: list[str] = []
    monkeypatch.setattr(Shapes, "often_alike", False)
    monkeypatch.setattr(batch, "rows_of", lambda conn, ids: (whole.extend(ids), rows_of(conn, ids))[1])
    if not named:
        monkeypatch.setattr(batch, "contract_with", lambda *row: with_only(contract_with(*row), ()))
    assert sweep(engine, END, batch=30).fired == one_by_one(twin, END) == 80
    assert len(set(whole)) == read_whole
    assert rows(engine, "clock", "pending") == rows(twin, "clock", "pending")
    assert verify(engine) == verify(twin)


def test_contracts_with_parts_and_those_changed_meanwhile_are_stepped_alone(engine: Engine, twin: Engine) -> None:
    for database in (engine, twin):
        fill(database, [*book(), *(Story(n).apply(FIRST).apply_for_option(FIRST) for n in range(80, 90))])
        with writing(database) as conn:
            odd = tables.contract.c.id == f"c_{7:026d}"
            conn.execute(update(tables.contract).where(odd).values(version=40))
    assert sweep(engine, END).fired == one_by_one(twin, END) == 80
    assert rows(engine, "clock", "pending") == rows(twin, "clock", "pending")


def test_a_conflict_on_one_contract_does_not_stop_others_of_its_shape(engine: Engine) -> None:
    fill(engine, book())
    overtaken: list[str] = []

    def overtake(conn: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "UPDATE contract" in statement and not overtaken:
            overtaken.append(statement)
            cursor.execute(f"UPDATE contract SET version = version + 1 WHERE id = 'c_{7:026d}'")  # type: ignore[attr-defined]

    event.listen(engine, "before_cursor_execute", overtake)
    assert sweep(engine, END).fired == 80
    assert overtaken
    assert verify(engine)


@pytest.mark.parametrize(("asked", "hits", "goes_on"), [(3999, 0, True), (4000, 999, False), (4000, 1000, True)])
def test_shapes_are_no_longer_compared_after_few_hits(asked: int, hits: int, goes_on: bool) -> None:
    made = Shapes(DueGroup(END, "contract", ("terminate",)), END, EDITIONS, asked=asked, hits=hits)
    assert made.often_alike is goes_on


@pytest.mark.parametrize(
    "due", [("contract", ("hold_billing",)), ("option", ("terminate",)), ("credit", ("lapse",))]
)
def test_events_without_declared_reads_are_never_grouped(due: tuple[str, Sequence[str]]) -> None:
    assert not Shapes(DueGroup(END, due[0], tuple(due[1])), END, EDITIONS).often_alike


def test_a_batch_is_written_while_the_next_is_read(
    engine: Engine, twin: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead: list[NextBatch] = []
    write = NextBatch.write
    monkeypatch.setattr(NextBatch, "write", lambda batch: (ahead.append(batch), write(batch)))
    for database in (engine, twin):
        fill(database, [*book(), *(with_option(n) for n in range(90, 100))])
    told: list[tuple[str, int]] = []
    swept = sweep(engine, END, batch=8, on_batch=lambda due, fired: told.append((due.events[0], fired)))
    assert swept.fired == one_by_one(twin, END) == 100
    assert (swept.parked, swept.left, swept.batches) == (0, False, len(told))
    assert len(ahead) >= 8
    assert rows(engine, "clock", "pending") == rows(twin, "clock", "pending")
    assert verify(engine) == verify(twin)


@pytest.mark.parametrize("spoilt", [11, 19, 27])
def test_a_row_that_cannot_be_written_stops_neither_the_batch_behind_nor_the_one_ahead(
    engine: Engine, spoilt: int
) -> None:
    fill(engine, book())
    spoil(engine, f"c_{spoilt:026d}")
    swept = sweep(engine, END, batch=8)
    assert (swept.fired, swept.parked, swept.left) == (79, 1, False)
    assert set(parked(engine)) == {f"c_{spoilt:026d}"}


def test_a_stopped_sweep_leaves_the_rows_it_has_read_ahead(engine: Engine) -> None:
    fill(engine, book())
    told: list[int] = []
    swept = sweep(
        engine, END, batch=8, stop=lambda: len(told) >= 2, on_batch=lambda due, fired: told.append(fired)
    )
    assert swept.left and swept.fired == sum(told) < 80
    assert sweep(engine, END).fired == 80 - swept.fired
    verify(engine)


def test_sweeps_of_one_day_share_shapes_and_record_their_own_instants(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(engine, book())
    taken, told = steps_taken(monkeypatch), list[int]()
    sweep(engine, END, batch=20, stop=lambda: bool(told), on_batch=lambda due, fired: told.append(fired))
    later = END + timedelta(minutes=5)
    sweep(engine, later, batch=20)
    assert sorted(taken) == ["start_billing"] * 2 + ["terminate"] * 4
    with reading(engine) as conn:
        at = tables.history.c.recorded_at
        found = conn.execute(select(at, func.count()).where(at >= END).group_by(at).order_by(at)).all()
    assert [tuple(row) for row in found] == [(END, 20), (later, 60)]
    verify(engine)


def test_few_due_rows_are_not_grouped_by_shape(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(engine, book())
    monkeypatch.setattr(shapes, "FEWEST", 50)
    taken = steps_taken(monkeypatch)
    assert sweep(engine, END, batch=30).fired == 80
    assert taken == []
