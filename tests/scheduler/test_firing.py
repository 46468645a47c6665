"""Due timers fire once, in the order of the terms, never early; late ones as of their own instant."""

import tracemalloc
from contextlib import ExitStack
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from lifecycle.machines.step import RANKS
from lifecycle.records import tables
from lifecycle.records.engine import open_engine, reading, writing
from lifecycle.records.mapping import PREFIXES
from lifecycle.terms.editions import EDITIONS
from lifecycle.timers import clock
from lifecycle.timers.batch import Batch
from lifecycle.timers.claims import claim_due
from lifecycle.timers.clock import lock_clock, raise_high_water_mark
from lifecycle.timers.due import KIND_EVENTS, DueGroup
from lifecycle.timers.sweep import Swept, sweep
from tests.commands import acts as contracts
from tests.commands.acts import apply_for_item_change
from tests.commands.diary import NOW, Diary, day, tokyo
from tests.commands.proof import verify
from tests.how_many import IN_FULL
from tests.rows_by_database import KINDS
from tests.scheduler.books import DAY, FIRST, Story, ending, fill, midnight, mixed
from tests.scheduler.look import fired, rows

MICROSECOND = timedelta(microseconds=1)
END = midnight(FIRST + 31 * DAY)  # of the contracts of `ending`: arrival + 30, and the day after it begins


def test_billing_starts_at_its_instant_and_not_a_microsecond_before(diary: Diary) -> None:
    contract = diary.accepted()
    start = tokyo("2022-05-01 00:00")
    early = sweep(diary.engine, start - MICROSECOND)
    assert (early.fired, early.next_due_at) == (0, start)
    assert diary.contract(contract).state == "accepted"
    on_time = sweep(diary.engine, start)
    assert on_time.counts == {("contract", "start_billing"): 1}
    assert (on_time.late, on_time.next_due_at, on_time.left) == (timedelta(), None, False)
    assert diary.contract(contract).state == "billing"
    assert diary.history(contract)[-1]["caused_by"] == f"{contract}.2"


def test_an_end_takes_effect_after_its_last_day(diary: Diary) -> None:
    contract = diary.accepted()
    diary.today("2022-06-10")
    diary.do(contracts.notify_cancellation, contract, NOW)
    over = tokyo("2022-07-11 00:00")
    sweep(diary.engine, over - MICROSECOND)
    assert diary.contract(contract).state == "cancel_notified"
    sweep(diary.engine, over)
    found = diary.contract(contract)
    assert (found.state, found.terminated_on) == ("terminated", date(2022, 7, 10))


def test_an_option_ends_with_its_contract_and_just_before_it(diary: Diary) -> None:
    contract, option = diary.accepted_with_option()
    diary.today("2022-06-10")
    diary.do(contracts.notify_cancellation, contract, NOW)
    notice = diary.contract(contract).notices[0].id
    swept = sweep(diary.engine, tokyo("2022-07-11 00:00"))
    assert swept.counts == {("option", "terminate"): 1, ("contract", "terminate"): 1}
    ends = fired(diary.engine)[-2:]
    assert [(row.subject_id, row.event) for row in ends] == [(option, "terminate"), (contract, "terminate")]
    assert [row.payload["caused_by"] for row in ends] == [notice, notice]
    assert diary.option(contract).decided_by == "base_contract"
    verify(diary.engine)


def test_an_application_for_the_option_lapses_before_the_base_ends(diary: Diary) -> None:
    contract = diary.accepted(options=[("drm", "D-1")])
    diary.today("2022-06-10")
    diary.do(contracts.notify_cancellation, contract, NOW)
    sweep(diary.engine, tokyo("2022-07-11 00:00"))
    ends = [(row.event, row.payload["kind"]) for row in fired(diary.engine)[-2:]]
    assert ends == [("reject", "option"), ("terminate", "contract")]
    verify(diary.engine)


def test_after_weeks_of_downtime_chained_timers_fire_as_of_their_own_instants(engine: Engine) -> None:
    story = Story(1).apply(FIRST).apply_for_option(FIRST).accept(FIRST, FIRST + 10 * DAY)
    fill(engine, [story.accept_option(FIRST, FIRST + 12 * DAY).notify(FIRST)])
    over, now = midnight(date(2022, 7, 11)), midnight(FIRST + 80 * DAY)  # the minimum term's last day is 10 July
    swept = sweep(engine, now)
    found = [(row.due_at, row.payload["kind"], row.event, row.recorded_at) for row in fired(engine)]
    assert found == [
        (midnight(FIRST + 10 * DAY), "contract", "start_billing", now),
        (midnight(FIRST + 12 * DAY), "option", "start_billing", now),
        (over, "option", "terminate", now),
        (over, "contract", "terminate", now),
    ]
    assert (swept.fired, swept.late) == (4, 70 * DAY)
    verify(engine)


def test_the_order_of_the_whole_history_is_instant_then_rank_then_id(engine: Engine) -> None:
    fill(engine, mixed(60))
    sweep(engine, midnight(FIRST + 400 * DAY), batch=7)
    found = [(r.due_at, RANKS[r.payload["kind"], r.event], r.subject_id) for r in fired(engine)]
    assert len(found) > 100
    assert found == sorted(found)
    verify(engine)


def test_kinds_that_fire_together_fire_in_the_order_of_their_ids() -> None:
    """A sweep fires one kind after the other: that is the order of ids (R15) if their first letters sort alike."""
    letters = {kind: letter for letter, kind in PREFIXES.items()}
    order = [(RANKS[kind, event], letters[kind]) for kind, event in KIND_EVENTS]
    assert order == sorted(order)


def test_batches_are_transactions_of_their_own(engine: Engine) -> None:
    fill(engine, ending(10))
    batches: list[tuple[DueGroup, int]] = []
    swept = sweep(engine, END, batch=3, on_batch=lambda due, number: batches.append((due, number)))
    due = DueGroup(END, "contract", ("terminate",))
    assert batches == [(due, 3), (due, 3), (due, 3), (due, 1)]
    assert (swept.fired, swept.batches) == (10, 4)


def test_a_stopped_sweep_ends_after_its_batch_and_the_next_one_continues(engine: Engine) -> None:
    fill(engine, ending(10))
    batches: list[int] = []
    stopped = sweep(
        engine, END, batch=4, stop=lambda: bool(batches), on_batch=lambda _, number: batches.append(number)
    )
    assert (stopped.fired, stopped.left) == (4, True)
    rest = sweep(engine, END)
    assert (rest.fired, rest.left) == (6, False)
    assert sweep(engine, END).fired == 0
    assert [row.subject_id for row in fired(engine)] == [f"c_{n:026d}" for n in range(10)]


def test_a_sweep_skips_a_locked_row(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    fill(engine, ending(5))
    with writing(engine) as conn:
        conn.execute(select(tables.contract.c.id).where(tables.contract.c.id == f"c_{2:026d}").with_for_update())
        swept = sweep(engine, END)
        assert (swept.fired, swept.left) == (4, True)
    assert sweep(engine, END).counts == {("contract", "terminate"): 1}
    engine.dispose()


def test_a_contract_does_not_end_before_its_option_though_the_option_s_sweep_was_cut_short(engine: Engine) -> None:
    """What another process does before the option's row is fired."""
    start = FIRST - 60 * DAY
    story = Story(1).apply(start).apply_for_option(start).accept(start, start).accept_option(start, start)
    fill(engine, [story.notify(FIRST)])
    with writing(engine) as conn:
        due = DueGroup(END, "contract", ("terminate",))
        claims = claim_due(conn, due, END, "", None, 10)
        batch = Batch(due, END, END, EDITIONS)
        batch.read(conn, claims)
        batch.write(conn)
    assert (len(claims), batch.fired, batch.faults) == (1, [], [])
    assert sweep(engine, END).fired == 2
    verify(engine)


def test_parts_of_one_contract_due_together_fire_together_before_anything_later(diary: Diary) -> None:
    ending, other = (
        diary.accepted(),
        diary.accepted(reference="OD-2022-0002", requested_billing_start_on=day("2022-07-12")),
    )
    diary.today("2022-06-10")
    with writing(diary.engine) as conn:
        for name in ("I-1", "I-2"):
            apply_for_item_change(conn, ending, diary.order(), "basic", name, NOW)
    diary.do(contracts.notify_cancellation, ending, NOW)
    sweep(diary.engine, tokyo("2022-07-12 00:00"), batch=10)
    last = [(row.event, row.payload["kind"]) for row in fired(diary.engine)[-4:]]
    assert last == [
        ("terminate", "contract"), ("lapse", "item_change"), ("lapse", "item_change"),
        ("start_billing", "contract"),
    ]  # fmt: skip
    assert fired(diary.engine)[-1].subject_id == other


def test_memory_holds_one_part_of_a_batch_whatever_is_due(engine: Engine) -> None:
    fill(engine, ending(40, FIRST) + ending(280, FIRST + DAY)[40:])
    peaks = []
    for now in (END, END + DAY):
        tracemalloc.start()
        sweep(engine, now, batch=20)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]


def test_every_sweep_leaves_its_heartbeat(engine: Engine) -> None:
    for now in (END, END + DAY):
        sweep(engine, now)
        with reading(engine) as conn:
            assert conn.execute(select(tables.clock.c.id, tables.clock.c.heartbeat_at)).all() == [(1, now)]


def test_a_sweep_that_cannot_write_its_heartbeat_retries_without_waiting_for_the_lock(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = open_engine(postgres_url), open_engine(postgres_url)
    fill(first, ending(2, FIRST))
    waited: list[float] = []
    with ExitStack() as held:
        conn = held.enter_context(lock_clock(first))
        raise_high_water_mark(conn, END)

        def pause(seconds: float) -> None:
            waited.append(seconds)
            if len(waited) == 3:
                held.close()

        monkeypatch.setattr(clock, "sleep", pause)
        assert sweep(second, END).fired == 2
    assert waited == [clock.AGAIN_S] * 3
    first.dispose()
    second.dispose()


@pytest.mark.parametrize("database_url", KINDS if IN_FULL else KINDS[:1], indirect=True)
def test_one_jump_of_400_days_is_400_jumps_of_one(engine: Engine, twin: Engine) -> None:
    for database in (engine, twin):
        fill(database, mixed(25, seed=2))
    start = midnight(FIRST)
    stood = start - 400 * DAY
    sweep(engine, start + 400 * DAY, passing_from=stood)
    for number in range(401):
        now = start + number * DAY
        sweep(twin, now, passing_from=stood)
        stood = now
    assert len(fired(engine)) > 40
    assert all(row.recorded_at == row.due_at for row in fired(engine))
    assert fired(engine) == fired(twin)
    assert rows(engine, "clock") == rows(twin, "clock")


@pytest.mark.parametrize(("after", "order"), [(0 * DAY, "0l12"), (DAY, "01l2")])
def test_every_instant_has_its_share_before_the_rest_of_thousands_the_latest_first(
    engine: Engine, after: timedelta, order: str
) -> None:
    late = Story(4).apply(FIRST - 90 * DAY).accept(FIRST - 90 * DAY, FIRST - 90 * DAY).notify(FIRST + DAY)
    fill(engine, [*ending(4), late])
    assert _fire(engine, END, batches=1).left
    _fire(engine, END + DAY + after, batches=3, share=1)
    names = {story.id: str(number) for number, story in enumerate(ending(3))} | {late.id: "l"}
    assert "".join(names[row.subject_id] for row in fired(engine)) == order
    assert sweep(engine, END + DAY + after, share=1).fired == 1
    verify(engine)


def _fire(engine: Engine, now: datetime, batches: int, share: int = 0) -> Swept:
    """Sweeps that many batches of one row."""
    done: list[int] = []
    return sweep(
        engine, now, batch=1, stop=lambda: len(done) >= batches, on_batch=lambda _, number: done.append(number),
        share=share,
    )  # fmt: skip
