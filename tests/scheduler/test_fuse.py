"""The fuse: a wrong clock, or far more ends than forecast, holds ends until a person resumes."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from lifecycle.history.operations_log import TRIP, Note, latest, note
from lifecycle.machines.step import RANKS
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.timers.clock import read_clock
from lifecycle.timers.fuse import (
    IRREVERSIBLE,
    Beat,
    Held,
    Limits,
    NothingHeld,
    SweepPermit,
    judge,
    release_held_ends,
    tripped,
)
from lifecycle.timers.sweep import Swept, sweep
from tests.commands import acts as contracts
from tests.commands.diary import NOW, Diary
from tests.commands.proof import verify
from tests.scheduler.books import DAY, FIRST, Story, ending, fill, midnight
from tests.scheduler.look import fired

END = midnight(FIRST + 31 * DAY)
HOUR = timedelta(hours=1)
YEAR = 365 * DAY
LIMITS = Limits(slack=5)


class Machine:
    """A machine with a wall clock that may be wrong and a steady one that is not; it sweeps as schedulers do."""

    def __init__(self, engine: Engine, now: datetime, boot: str = "first") -> None:
        self.engine, self.wall, self.boot, self.seconds = engine, now, boot, 1000.0

    def passes(self, time: timedelta) -> "Machine":
        """Time passes, for both clocks."""
        self.wall += time
        self.seconds += time.total_seconds()
        return self

    def judged(self, *, counting: bool = True) -> SweepPermit:
        return judge(self.engine, self.wall, Beat(self.boot, self.seconds), LIMITS, counting=counting)

    def sweeps(self) -> Swept:
        verdict = self.judged()
        return sweep(self.engine, verdict.now, held=verdict.held)


def out(engine: Engine) -> str | None:
    """Why the fuse has tripped, None where it has not."""
    with reading(engine) as conn:
        entry = tripped(conn)
    return entry.reason if entry else None


def starting(number: int, on: datetime) -> list[Story]:
    """Contracts whose billing starts on a day, with ids after those of `ending`."""
    day = on.date()
    return [Story(1000 + n).apply(FIRST).accept(FIRST, day) for n in range(number)]


def test_ends_that_were_forecast_fire_however_many_they_are(engine: Engine) -> None:
    fill(engine, ending(40))
    machine = Machine(engine, END - 3 * HOUR)
    for _ in range(3):
        assert machine.sweeps().fired == 0
        machine.passes(HOUR)
    assert (machine.sweeps().fired, out(engine)) == (40, None)


def test_after_a_clock_jump_of_a_year_nothing_ends_until_a_person_resumes(engine: Engine) -> None:
    fill(engine, [*ending(40), *starting(3, END - 5 * DAY)])
    machine = Machine(engine, END - 10 * DAY)
    machine.sweeps()
    machine.wall += YEAR
    assert machine.sweeps().fired == 0
    assert "but as time has passed it is 2022-06-2" in str(out(engine))
    assert machine.passes(6 * DAY).sweeps().counts == {("contract", "start_billing"): 3}, (
        "the rest goes on, in time"
    )
    assert max(row.recorded_at for row in fired(engine)) < END
    assert machine.passes(6 * DAY).sweeps().fired == 0
    machine.wall -= YEAR
    assert machine.sweeps().fired == 0, "a clock put right does not resume by itself"
    with writing(engine) as conn:
        release_held_ends(conn, "tanaka", "the clock was wrong and is right again", machine.wall)
    assert machine.sweeps().counts == {("contract", "terminate"): 40}
    verify(engine)
    with reading(engine) as conn:
        notes = [(entry.event, entry.actor, entry.reason) for entry in latest(conn, limit=9)]
    assert notes[0] == ("resume", "tanaka", "the clock was wrong and is right again")
    assert [(event, actor) for event, actor, _ in notes[1:]] == [("trip", "clock")], "it trips once"


def test_a_restart_within_a_boot_does_not_hide_a_jump(engine: Engine) -> None:
    fill(engine, ending(1))
    machine = Machine(engine, END - 10 * DAY)
    machine.sweeps()
    again = Machine(engine, machine.wall + 20 * DAY)
    again.seconds = machine.seconds + 60
    assert again.sweeps().fired == 0
    assert out(engine) is not None


def test_a_clock_corrected_by_hours_does_not_trip_the_fuse(engine: Engine) -> None:
    fill(engine, ending(3))
    machine = Machine(engine, END - DAY)
    machine.sweeps()
    for shift in (2 * HOUR, -3 * HOUR, 2 * HOUR):
        machine.wall += shift
        machine.sweeps()
    machine.passes(DAY)
    assert (machine.sweeps().fired, out(engine)) == (3, None)


def test_weeks_of_downtime_are_caught_up_without_a_person(engine: Engine) -> None:
    fill(engine, ending(40))
    before = Machine(engine, END - 20 * DAY)
    before.sweeps()
    after = Machine(engine, END + 25 * DAY, boot="second")
    assert (after.sweeps().fired, out(engine)) == (40, None)
    assert {row.due_at for row in fired(engine)} == {END}


def test_a_year_at_the_start_on_another_boot_needs_a_person(engine: Engine) -> None:
    fill(engine, ending(40))
    before = Machine(engine, END - 20 * DAY)
    before.sweeps()
    after = Machine(engine, before.wall + YEAR, boot="second")
    assert after.sweeps().fired == 0
    assert out(engine) is not None
    with writing(engine) as conn:
        release_held_ends(conn, "tanaka", "it stood still for a year", after.wall)
    assert after.sweeps().fired == 40


def test_a_first_start_long_after_all_that_was_recorded_needs_a_person(engine: Engine) -> None:
    fill(engine, ending(2))
    assert Machine(engine, END + YEAR).sweeps().fired == 0
    assert out(engine) is not None


def test_more_ends_than_forecast_are_held_and_other_events_fire(engine: Engine) -> None:
    machine = Machine(engine, END - 3 * HOUR)
    for _ in range(3):
        machine.sweeps()
        machine.passes(HOUR)
    fill(engine, [*ending(6), *starting(3, END)])
    assert machine.sweeps().counts == {("contract", "start_billing"): 3}
    assert out(engine) == "more than 5 ends are due, where 0 were forecast"
    with writing(engine) as conn:
        release_held_ends(conn, "tanaka", "an import of old notices", machine.wall)
    assert (machine.sweeps().fired, out(engine)) == (6, None)


def test_a_few_ends_that_were_not_forecast_fire(engine: Engine) -> None:
    machine = Machine(engine, END - 2 * HOUR)
    machine.sweeps()
    machine.passes(2 * HOUR).sweeps()
    fill(engine, ending(5))
    assert (machine.sweeps().fired, out(engine)) == (5, None)


def test_during_a_sweep_the_fuse_checks_the_clock_without_a_count(engine: Engine) -> None:
    machine = Machine(engine, END - 2 * HOUR)
    machine.sweeps()
    machine.passes(2 * HOUR)
    fill(engine, ending(6))
    assert not machine.judged(counting=False).held
    machine.wall += YEAR
    assert machine.judged(counting=False).held


def test_forecasts_are_kept_no_longer_than_they_are_needed(engine: Engine) -> None:
    fill(engine, ending(3))
    machine = Machine(engine, END - 5 * DAY)
    for _ in range(30):
        machine.sweeps()
        machine.passes(HOUR / 2)
    with reading(engine) as conn:
        made = set(conn.execute(select(tables.forecast.c.made_at)).scalars())
    assert 1 <= len(made) <= 3


def test_a_clock_set_back_records_nothing_earlier_and_fires_nothing_early(engine: Engine) -> None:
    fill(
        engine,
        [Story(1).apply(FIRST).accept(FIRST, FIRST + DAY), Story(2).apply(FIRST).accept(FIRST, FIRST + 2 * DAY)],
    )
    first, second = midnight(FIRST + DAY), midnight(FIRST + 2 * DAY)
    sweep(engine, first)
    recorded = second + timedelta(minutes=30)
    sweep(engine, recorded - HOUR)
    assert len(fired(engine)) == 1
    with writing(engine) as conn:  # another process had come further already
        conn.execute(tables.clock.update().values(high_water_mark=recorded))
    sweep(engine, second)
    assert [row.recorded_at for row in fired(engine)] == [first, recorded]
    with reading(engine) as conn:
        state = read_clock(conn)
    assert (state.high_water_mark, state.heartbeat_at) == (recorded, second)


def test_a_clock_far_behind_what_was_recorded_trips(engine: Engine) -> None:
    machine = Machine(engine, END)
    machine.sweeps()
    other = Machine(engine, END - 4 * HOUR, boot="second")
    other.sweeps()
    assert out(engine) is not None


def test_a_command_does_not_end_what_the_fuse_holds(engine: Engine) -> None:
    diary = Diary(engine)
    contract = diary.accepted()
    diary.today("2022-06-01 10:00")
    diary.do(contracts.notify_cancellation, contract, NOW)
    with writing(engine) as conn:
        note(conn, Note(diary.now, TRIP, "clock", "far too many"))
    diary.today("2022-12-01 10:00")
    with pytest.raises(Held, match="far too many"):
        diary.do(contracts.withdraw, contract)
    assert "terminate" not in [row.event for row in fired(engine)]


def test_a_resume_is_refused_if_nothing_is_held(engine: Engine) -> None:
    with writing(engine) as conn, pytest.raises(NothingHeld):
        release_held_ends(conn, "tanaka", "to be sure", END)


def test_the_fuse_holds_irreversible_events() -> None:
    assert set(RANKS) > IRREVERSIBLE
    assert {event for _, event in IRREVERSIBLE} == {"terminate", "reject", "lapse"}
    assert ("credit", "lapse") not in IRREVERSIBLE
