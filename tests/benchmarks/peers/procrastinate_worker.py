"""procrastinate: a job per contract, deferred to its due instant, and one worker (PostgreSQL only).

Asynchronous jobs on one pool, twenty at once; succeeded jobs are deleted, nobody listens for new ones, and the
worker ends when nothing is left. The transition is one statement, in a transaction of its own.
"""

import asyncio
from datetime import datetime
from typing import Any

import procrastinate
from sqlmodel import Session, select

from tests.benchmarks.peers.book import AFTER, BEFORE, EVENT, DueContract, open_engine

CONCURRENCY = 20
_CHANGED = (
    "WITH changed AS (UPDATE peer_contract SET state = %s, terminated_on = effective_on, due_event = NULL, "
    "due_at = NULL WHERE id = %s AND state = %s RETURNING id) "
    "INSERT INTO peer_history (contract_id, event, from_state, to_state, effective_at, recorded_at, actor) "
    "SELECT id, %s, %s, %s, now(), now(), 'clock' FROM changed"
)


def prepare(url: str) -> None:
    """A job for each contract, at its due instant."""
    with Session(open_engine(url)) as session:
        due = {row.id: row.due_at for row in session.exec(select(DueContract)).all()}
    app, task = _app(url)

    async def defer() -> None:
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            at: datetime = next(iter(due.values()))
            ids = sorted(due)
            for start in range(0, len(ids), 1000):
                jobs = [{"contract_id": contract_id} for contract_id in ids[start : start + 1000]]
                await task.configure(schedule_at=at).batch_defer_async(*jobs)

    asyncio.run(defer())


def fire(url: str) -> None:
    """Run a worker until no job is left."""
    app, _ = _app(url)

    async def work() -> None:
        async with app.open_async():
            await app.run_worker_async(
                wait=False, concurrency=CONCURRENCY, delete_jobs="successful", listen_notify=False,
                install_signal_handlers=False,
            )  # fmt: skip

    asyncio.run(work())


def _app(url: str) -> tuple[Any, Any]:
    connector = procrastinate.PsycopgConnector(conninfo=url, min_size=CONCURRENCY, max_size=CONCURRENCY + 2)
    app = procrastinate.App(connector=connector)

    @app.task(name="terminate")
    async def task(contract_id: str) -> None:
        async with connector.pool.connection() as conn:
            await conn.execute(_CHANGED, (AFTER, contract_id, BEFORE, EVENT, BEFORE, AFTER))

    return app, task
