"""APScheduler 3 with one job per contract in its SQLAlchemy job store.

The store takes each job away by itself in a transaction of its own, as it does; what is fired late is fired all
the same (no grace time). A pool of eight threads on PostgreSQL; on SQLite, which has one writer, one thread.
"""

import threading
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED  # type: ignore[import-untyped]
from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from sqlmodel import Session, select

from tests.benchmarks.peers.book import DueContract, due_ids, open_engine, terminate

_engine: Any = None


def job(contract_id: str) -> None:
    """What each job does."""
    with Session(_engine) as session:
        terminate(session, contract_id)
        session.commit()


def prepare(url: str) -> None:
    """A job for each contract, at its due instant."""
    scheduler = _scheduler(url)
    scheduler.start(paused=True)
    with Session(_engine) as session:
        for contract in session.exec(select(DueContract)).all():
            scheduler.add_job(job, "date", run_date=contract.due_at, args=[contract.id], id=contract.id)
    _engine.dispose()  # and it stays paused: shutting down would let it look at its jobs once more


def fire(url: str) -> None:
    """Starts the scheduler and waits for the last job."""
    scheduler = _scheduler(url)
    left, done = len(due_ids(_engine)), threading.Event()
    lock = threading.Lock()

    def count(_event: object) -> None:
        nonlocal left
        with lock:
            left -= 1
            if left == 0:
                done.set()

    scheduler.add_listener(count, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
    scheduler.start()
    done.wait()
    scheduler.shutdown()


def _scheduler(url: str) -> Any:
    global _engine
    threads = 1 if url.startswith("sqlite") else 8
    _engine = open_engine(url, pool_size=threads + 1)
    return BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=_engine)},
        executors={"default": ThreadPoolExecutor(threads)},
        job_defaults={"misfire_grace_time": None},
        timezone="UTC",
    )
