"""The wall clock, read in one place; everything below takes the time as a parameter."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine

from lifecycle.desk.clock import read_clock
from lifecycle.records.engine import reading

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def sandbox_clock(engine: Engine) -> Clock:
    """The standing instant of a sandbox, as its database holds it."""

    def now() -> datetime:
        with reading(engine) as conn:
            found = read_clock(conn).sandbox_now
        assert found is not None
        return found

    return now
