"""Several workers on one database: killed in a loop, frozen with locks, with three clocks, replaced."""

import os
import signal
import time
from collections import Counter
from random import Random

import pytest
from sqlalchemy import Engine, text

from lifecycle.records import engine as engines
from lifecycle.records.engine import open_engine, writing
from lifecycle.timers.sweep import anything_due, sweep
from tests.commands import acts as contracts
from tests.commands.diary import NOW as TODAY
from tests.commands.diary import Diary
from tests.commands.proof import verify
from tests.faults.conftest import Fresh
from tests.faults.service import Asked, Client, Hands, compare, served
from tests.faults.workers import NOW, Busy, after, frozen_at, ringing
from tests.how_many import IN_FULL
from tests.postgres import owning
from tests.scheduler.books import DAY, FIRST, ending, fill, midnight
from tests.scheduler.look import fired

END = midnight(FIRST + 31 * DAY)
WORKERS, KILLS = 3, 9 if IN_FULL else 5


def kill_loop(url: str, seed: int, kills: int) -> tuple[int, Counter[str]]:
    """Kills one of several busy workers again and again; how many were in a transaction, and the outcomes."""
    draw, hits, logs = Random(seed), 0, list[list[Asked]]()
    workers = [Busy(url, f"{seed}-{n}", n) for n in range(WORKERS)]
    try:
        for number in range(kills):
            for _ in range(draw.randint(20, 90)):
                workers[0].hear()
            while number % 3 < 2 and not workers[0].in_transaction:
                workers[0].hear()
            logs.append(workers[0].kill())
            hits += workers[0].in_transaction
            workers = [*workers[1:], Busy(url, f"{seed}-{WORKERS + number}", number)]
    finally:
        logs += [worker.kill() for worker in workers]
    engine = open_engine(url)
    with served(engine, Hands(NOW)) as http:
        client = Client(http)
        client.log = [asked for log in logs for asked in log]
        compare(engine, client.log)
        client.settle()
        sweep(engine, after(100))
        outcomes = compare(engine, client.log)
    verify(engine)
    engine.dispose()
    return hits, outcomes


def test_workers_killed_again_and_again_lose_and_double_nothing(fresh: Fresh) -> None:
    with fresh() as url:
        hits, outcomes = kill_loop(url, seed=4, kills=KILLS)
    assert hits >= 0.3 * KILLS
    assert outcomes["ok"] > 15 and outcomes["unknown"] == 0


def test_a_worker_frozen_with_its_locks_is_given_up_and_wakes_to_nothing(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatiently(monkeypatch)
    with fresh() as url:
        engine = open_engine(url)
        contract = Diary(engine).accepted()
        kind = "INSERT history" if fresh.kind == "sqlite" else "UPDATE contract"
        with served(engine, Hands(NOW)) as http:
            client = Client(http)
            frozen = frozen_at(url, lambda own: notice(own, contract), kind)
            asked = client.do(contract, "notify_cancellation", arrived_on="2022-05-19")
            assert asked.statuses == [503]
            assert http.get(f"/v1/contracts/{contract}").status_code == 200
            if fresh.kind == "sqlite":  # its lock is on the file, until the process continues or ends
                os.kill(frozen.pid, signal.SIGCONT)
            begun = time.monotonic()
            client.settle(100)
            assert asked.outcome == "ok" and time.monotonic() - begun < 5
            os.kill(frozen.pid, signal.SIGCONT)
            told = frozen.end().told
        assert told == [b"done"] if fresh.kind == "sqlite" else told[0] in (b"OperationalError", b"InternalError")
        notices = Counter(Diary(engine).events(contract))["notify_cancellation"]
        assert notices == (2 if fresh.kind == "sqlite" else 1)
        verify(engine)
        engine.dispose()


def impatiently(patch: pytest.MonkeyPatch) -> None:
    """Time-outs of tenths of a second instead of many seconds."""
    patch.setattr(engines, "BUSY_MS", 300)
    patch.setattr(engines, "PRAGMAS", (*engines.PRAGMAS, "busy_timeout=300"))
    impatient = {"lock_timeout": "300ms", "idle_in_transaction_session_timeout": "900ms"}
    patch.setattr(engines, "POSTGRES_SETTINGS", engines.POSTGRES_SETTINGS | impatient)


def notice(engine: Engine, contract: str) -> None:
    """A notice, entered by the worker that freezes."""
    Diary(engine, "2022-05-19").do(contracts.notify_cancellation, contract, TODAY)


def test_three_schedulers_at_once_fire_everything_exactly_once(fresh: Fresh) -> None:
    with fresh() as url:
        engine = open_engine(url)
        fill(engine, ending(300))
        alarms = [ringing(url, END) for _ in range(3)]
        for alarm in alarms:
            alarm.go()
        wait_until_nothing_is_due(engine)
        for alarm in alarms:
            os.kill(alarm.pid, signal.SIGTERM)
        assert [alarm.end().told[-1] for alarm in alarms] == [b"ended"] * 3
        once_each(engine, 300)
        engine.dispose()


def test_a_deploy_in_mid_sweep_old_and_new_together_on_a_wider_table(fresh: Fresh) -> None:
    """The old worker ends after its batch; the table has grown by then; the new one fires the rest."""
    with fresh() as url:
        engine = open_engine(url)
        fill(engine, ending(200))
        old, new = ringing(url, END, batch=5), ringing(url, END, batch=50)
        old.go()
        for _ in range(6):
            assert old.first_line() == b"commit\n"
        with owning(engine) as owner, writing(owner) as conn:
            conn.execute(text("ALTER TABLE contract ADD COLUMN later VARCHAR(20)"))
        new.go()
        os.kill(old.pid, signal.SIGTERM)
        assert old.end().told[-1] == b"ended"
        wait_until_nothing_is_due(engine)
        os.kill(new.pid, signal.SIGTERM)
        assert new.end().told[-1] == b"ended"
        once_each(engine, 200)
        engine.dispose()


def wait_until_nothing_is_due(engine: Engine) -> None:
    """Wait until no timer is due."""
    deadline = time.monotonic() + 60
    while anything_due(engine, END)[0]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def once_each(engine: Engine, number: int) -> None:
    """Every one of the contracts has ended once, at its instant, and the chains hold."""
    rows = fired(engine)
    assert Counter(row.subject_id for row in rows) == Counter(f"c_{n:026d}" for n in range(number))
    assert {(row.event, row.due_at) for row in rows} == {("terminate", END)}
    verify(engine)
