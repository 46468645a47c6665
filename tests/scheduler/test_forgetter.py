"""Idempotency keys are kept for the documented window and no longer."""

from datetime import timedelta

from sqlalchemy import Engine, insert, select

from lifecycle.commands import idempotency
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from scheduler.forgetter import Forgetter
from tests.commands.diary import tokyo

NOW = tokyo("2022-04-22 09:00")


def keep(engine: Engine, key: str, hours: float) -> None:
    """Store an answer under a key, that number of hours ago."""
    row = {
        "actor": "sato", "key": key, "fingerprint": "0" * 64, "status": 200, "headers": {}, "body": "{}",
        "recorded_at": NOW - timedelta(hours=hours),
    }  # fmt: skip
    with writing(engine) as conn:
        conn.execute(insert(tables.idempotency), row)


def kept(engine: Engine) -> list[str]:
    with reading(engine) as conn:
        return sorted(conn.execute(select(tables.idempotency.c.key)).scalars())


def test_keys_older_than_the_window_are_forgotten_and_no_others(engine: Engine) -> None:
    for key, hours in (("old", 24.1), ("older", 1000.0), ("young", 23.9)):
        keep(engine, key, hours)
    forgetter = Forgetter(engine, lambda: NOW)
    forgetter.start()
    forgetter.stop()
    assert kept(engine) == ["young"]


def test_many_are_forgotten_a_few_at_a_time(engine: Engine) -> None:
    for number in range(7):
        keep(engine, f"k-{number}", 30)
    with writing(engine) as conn:
        before, idempotency.AT_ONCE = idempotency.AT_ONCE, 3
        try:
            assert idempotency.forget_old_keys(conn, NOW, timedelta(hours=24)) == 3
        finally:
            idempotency.AT_ONCE = before
    assert len(kept(engine)) == 4
