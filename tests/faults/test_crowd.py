"""Many at once: writers collide and nobody is turned away; notice, revocation and the end race."""

from functools import cache

import pytest
from sqlalchemy import Engine, Integer, Update, bindparam, literal_column, text, update

from lifecycle.commands import execute
from lifecycle.history import store
from lifecycle.records.mapping import load
from lifecycle.records.tables import SUBJECTS
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
    monkeypatch.setattr(execute, "load", lambda conn, contract, *, lock: load(conn, contract))
    monkeypatch.setattr(store, "_update", _by_id)
    store._in_one.cache_clear()
    assert any(_noticed(engine, seed) for seed in range(20))
    store._in_one.cache_clear()


@cache
def _by_id(kind: str, names: tuple[str, ...]) -> Update:
    """The statement of write.py, whatever the version."""
    table, any_version = SUBJECTS[kind], bindparam("where_version", type_=Integer) >= literal_column("0")
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    return update(table).where(table.c.id == bindparam("where_id"), any_version).values(values)


def _noticed(engine: Engine, seed: int) -> bool:
    try:
        race(engine, seed)
    except (AssertionError, Broken):
        return True
    return False
