"""The sweep writes, byte for byte, the rows that single writes give contract by contract."""

from datetime import datetime

from sqlalchemy import Engine, select

from lifecycle.history.store import store_step
from lifecycle.machines.enter import catch_up
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.records.mapping import load
from lifecycle.timers.sweep import sweep
from tests.commands.proof import verify
from tests.scheduler.books import DAY, FIRST, fill, midnight, mixed
from tests.scheduler.look import rows


def one_by_one(engine: Engine, now: datetime) -> int:
    """Fires everything due contract by contract, each in a transaction of its own; how many rows that wrote."""
    with reading(engine) as conn:
        ids = conn.execute(select(tables.contract.c.id).order_by(tables.contract.c.id)).scalars().all()
    written = 0
    for contract_id in ids:
        with writing(engine) as conn:
            before = load(conn, contract_id, lock=True)
            after, entries = catch_up(before, now)
            if entries:
                store_step(conn, before, after, entries)
            written += len(entries)
    return written


def test_both_write_paths_leave_the_same_rows(engine: Engine, twin: Engine) -> None:
    for database in (engine, twin):
        fill(database, mixed(60, seed=3))
    for now in (midnight(FIRST + 20 * DAY), midnight(FIRST + 45 * DAY), midnight(FIRST + 400 * DAY)):
        fired = sweep(engine, now, batch=25).fired
        assert fired == one_by_one(twin, now) > 0
        different = ("clock", "pending")  # the heartbeat; the order of writing
        assert rows(engine, *different) == rows(twin, *different)
    assert verify(engine) == verify(twin)
