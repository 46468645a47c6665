"""The primary loses power under load and its standby takes over: no acknowledged command is lost."""

import time
from collections import Counter
from random import Random
from threading import Thread

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from lifecycle.records.engine import open_engine, writing
from lifecycle.timers.sweep import sweep
from tests import postgres
from tests.commands.proof import verify
from tests.faults.crowd import at_once
from tests.faults.service import compare
from tests.faults.workers import after

PATIENCE_S = 60.0


def fail_over(seed: int, turns: int, within_s: float = 4.0) -> Counter[str]:
    """One fail-over under the load of sixteen desks; what was counted. Raises Unlike, AssertionError.

    within_s: the primary is lost in so many seconds. The address names both servers, and the primary acknowledges
    what its standby has on disk.
    """
    with postgres.running() as primary:
        name = primary.migrated()
        with postgres.following(primary) as standby:
            waits_for_standby(primary)
            engine = open_engine(both(primary, standby, name))
            recovered, struck_at = list[float](), Random(seed).uniform(within_s / 4, within_s)
            striking = Thread(target=lambda: recovered.append(strike(primary, standby, engine, struck_at)))
            striking.start()
            logs = at_once(engine, seed, turns, patient=True)
            striking.join()
            outcomes = compare(engine, *logs)
            assert outcomes["unknown"] == 0, outcomes
            sweep(engine, after(100))
            verify(engine)
            engine.dispose()
    return Counter(
        fail_overs=1, acknowledged=outcomes["ok"], recovery_ms=int(1000 * recovered[0]),
        answers_503=sum(status == 503 for log in logs for one in log for status in one.statuses),
    )  # fmt: skip


def both(primary: postgres.Postgres, standby: postgres.Postgres, name: str) -> str:
    """Return the URL of a database on the writable one of two servers."""
    hosts = "&".join(f"host={server.socket_folder}" for server in (primary, standby))
    return f"postgresql://scheduler@/{name}?{hosts}&target_session_attrs=read-write"


def waits_for_standby(primary: postgres.Postgres) -> None:
    """Has the primary acknowledge only what the standby has too."""
    with psycopg.connect(primary.url("postgres"), autocommit=True) as conn:
        conn.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        conn.execute("SELECT pg_reload_conf()")
        until = time.monotonic() + PATIENCE_S
        while not conn.execute("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'").fetchone():
            assert time.monotonic() < until, "the standby does not follow"
            time.sleep(0.05)


def strike(primary: postgres.Postgres, standby: postgres.Postgres, engine: Engine, after_s: float) -> float:
    """Ends the primary and promotes the standby; the seconds until the service writes again."""
    time.sleep(after_s)
    begun = time.monotonic()
    primary.stop()
    standby.promote()
    while True:
        try:
            with writing(engine) as conn:
                conn.exec_driver_sql("UPDATE clock SET id = id")
            return time.monotonic() - begun
        except SQLAlchemyError:
            assert time.monotonic() < begun + PATIENCE_S, "the service does not write again"
            time.sleep(0.05)
