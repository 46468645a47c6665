"""The waker wakes at the instant of a timer: milliseconds late, never early."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text

from lifecycle.records import tables
from lifecycle.records.engine import open_engine, reading, writing
from lifecycle.timers.fuse import SweepPermit, permit_all
from lifecycle.timers.notify import notify
from scheduler.clock import system_clock
from scheduler.time_slices import Fuse
from scheduler.waker import Waker
from tests.commands import acts as commands
from tests.commands.diary import Diary, day, tokyo
from tests.postgres import owning
from tests.scheduler.books import DAY, FIRST, ending, fill, midnight
from tests.scheduler.look import fired

START = tokyo("2022-05-01 00:00")
SECOND = timedelta(seconds=1)
SOON = timedelta(milliseconds=50)
LONG = 3600.0  # an interval that no test lives to see


class Shifted:
    """The real clock, shifted to another day, from its creation on."""

    def __init__(self, at: datetime) -> None:
        self.by = at - system_clock()

    def __call__(self) -> datetime:
        return system_clock() + self.by


@pytest.fixture
def alarm(engine: Engine) -> Iterator[Callable[..., Waker]]:
    """Starts alarms, which end with the test."""
    started: list[Waker] = []

    def start(
        clock: Callable[[], datetime], interval: float = LONG, batch: int = 10_000, fuse: Fuse = permit_all
    ) -> Waker:
        started.append(Waker(engine, clock, interval, batch=batch, fuse=fuse))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until a condition holds; fail after the timeout."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def lateness(engine: Engine, subject_id: str) -> timedelta:
    """How long after its instant the subject's timer was fired."""
    until(lambda: any(row.subject_id == subject_id for row in fired(engine)))
    row = next(row for row in fired(engine) if row.subject_id == subject_id)
    return row.recorded_at - row.due_at


def test_an_idle_alarm_rings_at_the_instant(engine: Engine, alarm: Callable[..., Waker]) -> None:
    diary = Diary(engine)
    contracts = [diary.accepted(reference=f"R-{n}") for n in range(3)]
    for number, contract in enumerate(contracts):
        diary.do(commands.reschedule_billing, contract, day(f"2022-05-0{number + 1}"))
    for number, contract in enumerate(contracts):  # a busy machine may spoil one try, not three
        ringing = alarm(Shifted(START + number * DAY - SECOND))
        late = lateness(engine, contract)
        ringing.stop()
        assert late >= timedelta()
        if late < SOON:
            break
    else:
        pytest.fail(f"{late} late")


@pytest.mark.parametrize("named", [True, False])
def test_a_timer_set_after_the_start_rings_once_the_alarm_was_woken(
    engine: Engine, alarm: Callable[..., Waker], named: bool
) -> None:
    clock = Shifted(START - SECOND)
    ringing = alarm(clock)
    contract = Diary(engine).accepted()
    ringing.wake(START if named else None)
    assert timedelta() <= lateness(engine, contract) < 4 * SOON


def test_timers_due_during_downtime_fire_at_the_start(engine: Engine, alarm: Callable[..., Waker]) -> None:
    contract = Diary(engine).accepted()
    alarm(Shifted(START + 20 * DAY))
    assert lateness(engine, contract) >= 20 * DAY


def test_without_being_woken_the_regular_sweep_finds_it(engine: Engine, alarm: Callable[..., Waker]) -> None:
    alarm(Shifted(START + DAY), 0.3)
    contract = Diary(engine).accepted()
    assert lateness(engine, contract) >= DAY


def test_a_clock_set_forward_or_back_is_noticed(
    engine: Engine, alarm: Callable[..., Waker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.clock_watch.TICK", 0.1)
    clock = Shifted(START - DAY)
    first, second = (Diary(engine).accepted(reference=f"R-{n}") for n in range(2))
    Diary(engine, "2022-04-22").do(commands.reschedule_billing, second, day("2022-05-02"))
    alarm(clock)
    time.sleep(0.2)
    clock.by += 2 * DAY - timedelta(hours=1)  # it was a day behind
    assert lateness(engine, first) < DAY
    clock.by -= timedelta(hours=1)
    time.sleep(0.5)
    clock.by += timedelta(hours=3)
    assert lateness(engine, second) < timedelta(hours=2)


def test_the_heartbeat_is_written_repeatedly(engine: Engine, alarm: Callable[..., Waker]) -> None:
    def beat() -> datetime | None:
        with reading(engine) as conn:
            return conn.execute(select(tables.clock.c.heartbeat_at)).scalar_one_or_none()

    alarm(Shifted(START), 0.2)
    until(lambda: beat() is not None)
    first = beat()
    until(lambda: beat() != first)


def test_a_database_that_failed_is_swept_again_within_five_seconds(
    engine: Engine, alarm: Callable[..., Waker], caplog: pytest.LogCaptureFixture
) -> None:
    contract = Diary(engine).accepted()
    with owning(engine) as owner, writing(owner) as conn:
        conn.execute(text("ALTER TABLE pending RENAME TO lost"))
    alarm(Shifted(START))
    until(lambda: "the sweep failed" in caplog.text)
    with owning(engine) as owner, writing(owner) as conn:
        conn.execute(text("ALTER TABLE lost RENAME TO pending"))
    assert lateness(engine, contract) < 10 * SECOND


def test_waking_never_raises_and_stopping_twice_is_harmless(engine: Engine, alarm: Callable[..., Waker]) -> None:
    ringing = alarm(Shifted(START))
    ringing.stop()
    ringing.wake()
    ringing.wake(START)
    ringing.stop()
    Waker(engine, system_clock).wake()


def test_many_threads_may_wake_it_at_once(engine: Engine, alarm: Callable[..., Waker]) -> None:
    clock = Shifted(START - SECOND)
    ringing = alarm(clock)
    contract = Diary(engine).accepted()
    threads = [
        threading.Thread(target=lambda: [ringing.wake(START + n * DAY) for n in range(50)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lateness(engine, contract) < SECOND


def test_a_commit_in_another_process_wakes_it_by_notify(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    ringing = Waker(engine, Shifted(START + DAY), LONG)
    ringing.start()
    try:
        until(lambda: _listening(engine))
        time.sleep(0.5)  # a new listener looks once, for what it missed
        contract = Diary(engine).accepted()
        time.sleep(0.5)
        assert fired(engine) == []
        with writing(engine) as conn:
            notify(conn)
        assert lateness(engine, contract) >= DAY
    finally:
        ringing.stop()
        engine.dispose()


def _listening(engine: Engine) -> bool:
    with reading(engine) as conn:
        return bool(conn.execute(text("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")).first())


def test_desk_work_gets_through_while_hundreds_are_fired(engine: Engine, alarm: Callable[..., Waker]) -> None:
    fill(engine, ending(600))
    diary = Diary(engine)
    alarm(Shifted(midnight(FIRST + 31 * DAY)))
    slowest = 0.0
    number = 0
    while len(fired(engine)) < 600:
        number += 1
        begun = time.monotonic()
        diary.apply(reference=f"N-{number}")
        slowest = max(slowest, time.monotonic() - begun)
    assert number > 0 and slowest < 5


def test_a_sweep_cut_into_slices_fires_everything_and_counts_it_once(
    engine: Engine, alarm: Callable[..., Waker], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def fuse(now: datetime, counting: bool) -> SweepPermit:
        asked.append(counting)
        time.sleep(0.01)
        return SweepPermit(now)

    monkeypatch.setattr("scheduler.time_slices.SLICE", 0.005)
    monkeypatch.setattr("scheduler.time_slices.COUNTS_APART", 3000)
    fill(engine, ending(40))
    alarm(Shifted(midnight(FIRST + 31 * DAY)), batch=1, fuse=fuse)
    until(lambda: len(fired(engine)) == 40)
    assert len(asked) > 2 and asked[0] and not any(asked[1:3])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_waker_pauses_only_in_long_work(
    engine: Engine, alarm: Callable[..., Waker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.time_slices.AT_REST", LONG)
    ringing = alarm(Shifted(START + DAY))
    for number in range(2):
        contract = Diary(engine).accepted(reference=f"R-{number}")
        ringing.wake()
        lateness(engine, contract)


RUNNING = """
import sys
from datetime import datetime
from lifecycle.records.engine import open_engine
from scheduler.running import run_forever
print("ready", flush=True)
run_forever(open_engine(sys.argv[1]), lambda: datetime.fromisoformat(sys.argv[2]), 0.2)
print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_scheduler_alone_ends_on_a_signal(sqlite_url: str, number: signal.Signals) -> None:
    engine = open_engine(sqlite_url)
    contract = Diary(engine).accepted()
    process = subprocess.Popen(
        [sys.executable, "-c", RUNNING, sqlite_url, (START + DAY).isoformat()],
        stdout=subprocess.PIPE, text=True, env=os.environ,
    )  # fmt: skip
    assert lateness(engine, contract) == DAY
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert (out, process.returncode) == ("ready\nended\n", 0)
    engine.dispose()
