"""DBOS: a workflow per contract in a queue, its transition a transaction of a datasource, which makes it exact.

The queue has no limit and is looked at a hundred times a second, so that sixteen threads never wait for work;
contracts are independent, so that READ COMMITTED suffices. Enqueuing is done beforehand, telemetry is off.
"""

import logging
import time
from typing import Any

from dbos import DBOS, DBOSClient, SQLAlchemyDatasource
from sqlalchemy import create_engine, text
from sqlmodel import Session

from tests.benchmarks.peers.book import driver_url, due_ids, open_engine, terminate

QUEUE, VERSION, THREADS = "due", "1", 16
LEFT = "SELECT count(*) FROM {} WHERE queue_name = :queue AND status <> 'SUCCESS'"


def prepare(url: str) -> None:
    """Migrates the system's tables and enqueues a workflow for each contract."""
    _launch(url, listening=False)
    DBOS.destroy()
    client = DBOSClient(system_database_url=driver_url(url))
    engine = create_engine(driver_url(url))
    ids = due_ids(engine)
    for start in range(0, len(ids), 1000):
        with Session(engine) as session:
            for contract_id in ids[start : start + 1000]:
                client.enqueue_in_transaction(
                    session, {"workflow_name": "end", "queue_name": QUEUE, "app_version": VERSION}, contract_id
                )
            session.commit()
    client.destroy()


def fire(url: str) -> None:
    """Launches, and waits until every workflow has succeeded."""
    _launch(url, listening=True)
    engine = open_engine(url)
    table = "workflow_status" if url.startswith("sqlite") else "dbos.workflow_status"
    while True:
        with engine.connect() as conn:
            if conn.execute(text(LEFT.format(table)), {"queue": QUEUE}).scalar_one() == 0:
                break
        time.sleep(0.1)
    DBOS.destroy()


def _launch(url: str, *, listening: bool) -> None:
    logging.getLogger("dbos").setLevel(logging.ERROR)
    DBOS(
        config={
            "name": "peer", "system_database_url": driver_url(url), "application_version": VERSION,
            "enable_otlp": False, "log_level": "ERROR", "sys_db_pool_size": 20, "max_executor_threads": THREADS,
        }
    )  # fmt: skip
    source = SQLAlchemyDatasource.create(database_url=driver_url(url), engine_kwargs={"pool_size": THREADS})
    _register(source, "SERIALIZABLE" if url.startswith("sqlite") else "READ COMMITTED")
    DBOS.listen_queues([QUEUE] if listening else [])
    DBOS.launch()
    DBOS.register_queue(QUEUE, polling_interval_sec=0.01)


def _register(source: Any, isolation: str) -> None:
    @source.transaction(isolation_level=isolation)
    def transition(contract_id: str) -> None:
        terminate(source.sql_session(), contract_id)

    @DBOS.workflow(name="end")
    def end(contract_id: str) -> None:
        transition(contract_id)
