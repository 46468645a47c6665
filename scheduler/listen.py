"""Listens for commits of other processes, on PostgreSQL: each may have set an earlier timer."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from lifecycle.records.engine import is_pooled
from lifecycle.timers.notify import CHANNEL

log = logging.getLogger(__name__)
PATIENCE = 0.5  # seconds between looks at `stopping`
POLLING = 1.0  # seconds
AGAIN = 2.0  # seconds before a lost connection is opened again


def listen(engine: Engine, wake: Callable[[datetime | None], None], stopping: threading.Event) -> None:
    """Call wake for every notification until stopping is set, and after each new connection, for missed ones.

    Behind a pooler LISTEN does not work: then call it every POLLING seconds.
    """
    if is_pooled(engine):
        while not stopping.wait(POLLING):
            wake(None)
        return
    while not stopping.is_set():
        try:
            _listen_once(engine, wake, stopping)
        except (psycopg.Error, SQLAlchemyError, OSError) as error:
            log.warning("cannot listen for commits: %s; next attempt in %.0f s", type(error).__name__, AGAIN)
            stopping.wait(AGAIN)


def _listen_once(engine: Engine, wake: Callable[[datetime | None], None], stopping: threading.Event) -> None:
    pooled = engine.raw_connection()
    driver = pooled.driver_connection
    assert isinstance(driver, psycopg.Connection)
    pooled.detach()  # it stays with us: it must not go back while it listens
    try:
        driver.rollback()
        driver.autocommit = True
        driver.execute(f"LISTEN {CHANNEL}")
        wake(None)
        while not stopping.is_set():
            for notice in driver.notifies(timeout=PATIENCE):
                wake(_instant(notice.payload))
    finally:
        pooled.close()


def _instant(text: str) -> datetime | None:
    """The instant in a notification, or None: then the waker checks at once."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
