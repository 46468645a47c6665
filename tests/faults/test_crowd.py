"""Many at once: writers collide and nobody is turned away; notice, revocation and the end race."""

import pytest
from sqlalchemy import Engine, text

from lifecycle.commands import book
from lifecycle.records import bulk_insert
from lifecycle.records.mapping import load
from lifecycle.timers.sweep import sweep
from tests.commands.proof import Broken, verify
from tests.faults.crowd import THREADS, at_once, race
from tests.faults.service import compare
from tests.faults.workers import after
from tests.postgres import owning


def test_sixteen_writers_and_a_sweep_collide_and_none_is_turned_away(engine: Engine) -> None:
    logs = at_once(engine, seed=3, turns=2)
    statuses = {status for log in logs for one in log for status in one.statuses}
    assert statuses <= {200, 201, 409}
    outcomes = compare(engine, *logs)
    assert len(logs) == THREADS and outcomes["ok"] > 50 and outcomes["unknown"] == 0
    sweep(engine, after(100))
    verify(engine)


def test_notice_revocation_and_the_end_race_and_one_order_of_them_holds(engine: Engine) -> None:
    seen = race(engine, 1) | race(engine, 2) | race(engine, 3)
    assert seen >= {"accept", "notify_cancellation", "start_billing", "terminate"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_without_lock_and_version_the_race_would_be_noticed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with owning(engine) as owner, owner.begin() as conn:
        conn.execute(text("ALTER TABLE history DROP CONSTRAINT pk_history"))
    monkeypatch.setattr(book, "load", lambda conn, contract, *, lock: load(conn, contract))
    checked = bulk_insert._postgres
    unchecked = " AND old.version = new.was"
    monkeypatch.setattr(bulk_insert, "_postgres", lambda *what: checked(*what).replace(unchecked, ""))
    assert any(_noticed(engine, seed) for seed in range(20))


def _noticed(engine: Engine, seed: int) -> bool:
    try:
        race(engine, seed)
    except (AssertionError, Broken):
        return True
    return False
