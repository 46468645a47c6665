"""One thread notifies the schedulers of other processes about commits, several at once together."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import Engine

from lifecycle.records.engine import is_sqlite
from lifecycle.timers.notify import CHANNEL
from scheduler.notifier import Notifier

ON_POSTGRES = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@contextmanager
def listening(engine: Engine) -> Iterator[psycopg.Connection]:
    """A connection that receives every notification."""
    url = engine.url.set(drivername="postgresql").render_as_string(False)
    with psycopg.connect(url, autocommit=True) as heard:
        heard.execute(f"LISTEN {CHANNEL}")
        yield heard


@ON_POSTGRES
def test_the_first_commit_is_notified_at_once_and_later_ones_together(engine: Engine) -> None:
    with listening(engine) as heard:
        teller = Notifier(engine)
        teller.start()
        teller.ask()
        assert len(list(heard.notifies(timeout=5, stop_after=1))) == 1
        for _ in range(100):
            teller.ask()
        teller.stop()
        assert 1 <= len(list(heard.notifies(timeout=0.1))) <= 4


@ON_POSTGRES
def test_the_last_request_is_notified_before_the_notifier_stops(engine: Engine) -> None:
    with listening(engine) as heard:
        teller = Notifier(engine)
        teller.start()
        teller.stop()
        assert len(list(heard.notifies(timeout=5, stop_after=1))) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_notifier_does_nothing_on_an_embedded_database(engine: Engine) -> None:
    assert is_sqlite(engine)
    teller = Notifier(engine)
    teller.start()
    teller.ask()
    teller.stop()
