"""Clock changes: forward, back, a year ahead; the clock of the database; a scheduler that starts weeks late."""

import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, text

from lifecycle.records.engine import open_engine, reading, writing
from lifecycle.records.migrate import migrate
from lifecycle.timers.fuse import release_held_ends, tripped
from lifecycle.timers.sweep import sweep
from tests import oracle, postgres
from tests.api.processes import CLEAN, command
from tests.commands.diary import Diary, day, tokyo
from tests.commands.proof import verify
from tests.faults import tools
from tests.faults.scenario import Story, check_whole
from tests.how_many import only_in_full
from tests.scheduler.books import DAY, FIRST, ending, fill, midnight, mixed
from tests.scheduler.books import Story as Life
from tests.scheduler.look import fired

HOUR = timedelta(hours=1)
PATIENCE = 120.0  # seconds; what is waited for comes at once on a machine that is idle


class Wall:
    """The wall clock of a process, set through a file while it runs; the monotonic clock is unchanged."""

    def __init__(self, file: Path, library: str) -> None:
        self.file = file
        self.settings = {
            "LD_PRELOAD": library, "DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1",
            "FAKETIME_TIMESTAMP_FILE": str(file),
        }  # fmt: skip

    def set(self, to: datetime) -> None:
        """Set the clock; it runs from there."""
        ahead = int((to - datetime.now(UTC)).total_seconds())
        draft = self.file.with_suffix(".new")
        draft.write_text(f"{ahead:+d}\n")
        draft.replace(self.file)


class Scheduler:
    """`lifecycle scheduler` on a wall clock of its own."""

    def __init__(self, url: str, wall: Wall, log: Path) -> None:
        self.log = log
        with log.open("w") as file:
            self.process = subprocess.Popen(
                command("scheduler", "--database-url", url, "--sweep-interval", "600"),
                env=CLEAN | wall.settings, stdout=file, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def end(self) -> int:
        """Ends it; its exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


@pytest.fixture
def wall(tmp_path: Path) -> Wall:
    return Wall(tmp_path / "wall", tools.faketime())


@pytest.fixture
def start(database_url: str, wall: Wall, tmp_path: Path) -> Iterator[Callable[[datetime], Scheduler]]:
    """Starts a scheduler at an instant of the wall clock."""
    started: list[Scheduler] = []

    def at(instant: datetime) -> Scheduler:
        wall.set(instant)
        started.append(Scheduler(database_url, wall, tmp_path / "log"))
        return started[-1]

    yield at
    for scheduler in started:
        if scheduler.process.poll() is None:
            scheduler.end()


def within(seconds: float, holds: Callable[[], bool]) -> None:
    """Waits until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def two_contracts(diary: Diary) -> tuple[str, str]:
    """One is billed from 1 May, the other from 2 May."""
    first = diary.accepted()
    return first, diary.accepted(reference="OD-2022-0002", requested_billing_start_on=day("2022-05-02"))


@only_in_full
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_two_hours_forward_fires_and_an_hour_back_fires_nothing_twice_or_early(
    engine: Engine, start: Callable[[datetime], Scheduler], wall: Wall
) -> None:
    diary = Diary(engine)
    first, second = two_contracts(diary)
    scheduler = start(tokyo("2022-04-30 23:00"))
    within(PATIENCE, lambda: swept(engine))
    assert diary.contract(first).state == "accepted"
    wall.set(tokyo("2022-05-01 01:00"))
    within(PATIENCE, lambda: diary.contract(first).state == "billing" and jumps(scheduler) >= 1)
    wall.set(tokyo("2022-05-01 00:00") - HOUR / 2)
    within(PATIENCE, lambda: jumps(scheduler) >= 2)
    wall.set(tokyo("2022-05-01 01:10"))
    within(PATIENCE, lambda: jumps(scheduler) >= 3)
    assert diary.contract(second).state == "accepted"
    assert scheduler.end() == 0
    assert diary.events(first)[2:] == ["start_billing"] and len(diary.events(second)) == 2
    assert diary.history(first)[2]["recorded_at"] >= "2022-05-01T00:00:00+09:00"
    verify(engine)


def jumps(scheduler: Scheduler) -> int:
    """How often it noticed that its clock was set."""
    return scheduler.log.read_text().count("was set by")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_clock_a_year_ahead_ends_no_contract_and_trips_the_fuse(
    engine: Engine, start: Callable[[datetime], Scheduler], wall: Wall
) -> None:
    fill(engine, ending(150))
    before = midnight(FIRST + 10 * DAY)
    scheduler = start(before)
    within(PATIENCE, lambda: swept(engine))
    wall.set(before + timedelta(days=365))
    within(PATIENCE, lambda: tripped_in(engine))
    wall.set(before)
    assert scheduler.end() == 0
    assert ended(engine) == 0
    with writing(engine) as conn:
        release_held_ends(conn, "tanaka", "the clock is right again", before)
    assert not tripped_in(engine) and sweep(engine, before).fired == 0
    assert sweep(engine, midnight(FIRST + 31 * DAY)).fired == 150


def swept(engine: Engine) -> bool:
    with reading(engine) as conn:
        return bool(conn.execute(text("SELECT 1 FROM clock WHERE swept_at IS NOT NULL")).first())


def ended(engine: Engine) -> int:
    """How many contracts the clock has ended."""
    with reading(engine) as conn:
        return int(conn.execute(text("SELECT count(*) FROM history WHERE event = 'terminate'")).scalar_one())


def tripped_in(engine: Engine) -> bool:
    with reading(engine) as conn:
        return tripped(conn) is not None


def test_the_clock_of_the_database_is_never_used() -> None:
    """The clock of PostgreSQL is two years fast: everything that is written has the time of the service."""
    settings = {"LD_PRELOAD": tools.faketime(), "DONT_FAKE_MONOTONIC": "1", "FAKETIME": "+730d"}
    with patch.dict(os.environ, settings), postgres.running() as server:
        engine = open_engine(server.create("ahead"))
        migrate(engine)
        with reading(engine) as conn:
            ahead = conn.execute(text("SELECT now()")).scalar_one() - datetime.now(UTC)
        assert ahead > timedelta(days=700)
        story = Story()
        story.go_on(engine)
        check_whole(engine, story)
        engine.dispose()


def test_a_sweep_weeks_late_dates_everything_by_its_due_instant(engine: Engine) -> None:
    fill(engine, mixed(60, seed=7) + ending(360)[60:])
    late = midnight(FIRST + 80 * DAY)
    swept = sweep(engine, late)
    rows = fired(engine)
    assert swept.fired == len(rows) > 300
    assert {row.recorded_at for row in rows} == {late}
    ends = Counter(row.subject_id for row in rows if row.event == "terminate")
    assert set(ends.values()) == {1}
    assert all(row.due_at <= late and row.payload["effective_at"] == row.payload["due_at"] for row in rows)
    verify(engine)


MONTH_ENDS = [oracle.term_last_day(datetime(2023 + n // 12, n % 12 + 1, 1).date()) for n in range(11, 26)]
STARTS = sorted({last + timedelta(days=n) for last in MONTH_ENDS for n in (-1, 0, 1)})


def test_leap_days_month_ends_and_year_ends_are_the_oracle_s(engine: Engine) -> None:
    """A notice that arrives on the billing start: the last day is that of the minimum term or the thirtieth."""
    fill(engine, [Life(n).apply(on).accept(on, on).notify(on) for n, on in enumerate(STARTS)])
    expected: dict[datetime, set[str]] = {}
    for number, on in enumerate(STARTS):
        last = oracle.ending(on, [(on, None)])["effective_on"]
        expected.setdefault(midnight(last) + DAY, set()).add(f"c_{number:026d}")
    for over, contracts in sorted(expected.items()):
        assert sweep(engine, over - timedelta(microseconds=1)).fired == 0
        sweep(engine, over)
        assert {row.subject_id for row in fired(engine) if row.due_at == over} == contracts
    assert len(fired(engine)) == len(STARTS) == 45
