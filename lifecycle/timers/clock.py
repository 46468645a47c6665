"""The house's own time: a sandbox's standing instant, the sweep's heartbeat, what is overdue."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import sleep

from sqlalchemy import Connection, Engine, bindparam, insert, select, text, update

from lifecycle.errors import DomainError
from lifecycle.machines.step import RANKS
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite, writing

CLOCK_ID = 1
AGAIN_S, TRIES = 0.002, 2000
_ALONE = text("SELECT pg_try_advisory_xact_lock(7418202612)")
_RAISED = "CASE WHEN clock.mark_at > excluded.mark_at THEN clock.mark_at ELSE excluded.mark_at END"
_MARK = (
    text(
        "INSERT INTO clock (id, mark_at) VALUES (:id, :at) "  # noqa: S608 - a constant
        f"ON CONFLICT (id) DO UPDATE SET mark_at = {_RAISED} RETURNING mark_at"
    )
    .bindparams(bindparam("at", type_=tables.clock.c.high_water_mark.type))
    .columns(tables.clock.c.high_water_mark)
)


@dataclass(frozen=True, slots=True)
class ClockState:
    """The clock row, under the names of its columns."""

    sandbox_now: datetime | None
    heartbeat_at: datetime | None
    high_water_mark: datetime | None = None
    sweep_ms: int | None = None
    late_ms: int | None = None


class NotASandbox(Exception):
    """A live database can never become a sandbox, nor a sandbox a live one."""


class Backwards(DomainError):
    """A sandbox's time only moves forward."""

    kind, title = "backwards", "Time only moves forward"


def read_clock(conn: Connection) -> ClockState:
    """The clock row, or an empty one in a database never swept."""
    at = tables.clock.c
    row = conn.execute(
        select(at.sandbox_now, at.heartbeat_at, at.high_water_mark, at.sweep_ms, at.late_ms)
    ).first()
    return ClockState(*row) if row else ClockState(None, None)


def raise_high_water_mark(conn: Connection, now: datetime) -> datetime:
    """Raises the sweeps' high-water mark to now, never lowers it; the instant to record by."""
    found: datetime = conn.execute(_MARK, {"id": CLOCK_ID, "at": now}).scalar_one()
    return found


@contextmanager
def lock_clock(engine: Engine) -> Iterator[Connection]:
    """A short transaction of the one sweep that writes of itself now: nobody queues for a lock, they ask again.

    After TRIES, when somebody stands still inside, the row's own lock decides.
    """
    for _ in range(0 if is_sqlite(engine) else TRIES):
        with writing(engine) as conn:
            if conn.execute(_ALONE).scalar_one():
                yield conn
                return
        sleep(AGAIN_S)
    with writing(engine) as conn:
        yield conn


def open_sandbox(conn: Connection, now: datetime | None) -> datetime:
    """Makes an empty database a sandbox standing at `now`, or goes on with one; its standing instant.

    Raises NotASandbox for a live database, Backwards where `now` lies before a sandbox's instant.
    """
    found = read_clock(conn).sandbox_now
    if found is not None:
        if now is not None and now < found:
            raise Backwards(f"this sandbox already stands at {found.isoformat()}")
        return found
    if conn.execute(select(tables.contract.c.id).limit(1)).first() or read_clock(conn).heartbeat_at:
        raise NotASandbox("this database is live; a sandbox starts on an empty one")
    if now is None:
        raise NotASandbox("a new sandbox needs its time: --now 2022-04-01T09:00:00+09:00")
    conn.execute(insert(tables.clock), {"id": CLOCK_ID, "sandbox_now": now})
    return now


def refuse_sandbox(conn: Connection) -> None:
    """Raises NotASandbox where the database is a sandbox and the service is about to run live on it."""
    if read_clock(conn).sandbox_now is not None:
        raise NotASandbox("this database is a sandbox; start with --sandbox")


def move_sandbox(conn: Connection, to: datetime) -> None:
    """Sets a sandbox's standing instant. Raises Backwards, NotASandbox."""
    found = read_clock(conn).sandbox_now
    if found is None:
        raise NotASandbox("this database is live: its time is the real one")
    if to < found:
        raise Backwards(f"time only moves forward; it is {found.isoformat()}")
    conn.execute(update(tables.clock).values(sandbox_now=to))


def oldest_due(conn: Connection) -> datetime | None:
    """The earliest instant at which a timer that nothing holds back is due, None where none runs."""
    parked = select(tables.parked.c.subject_id)
    instants = []
    for kind, event in RANKS:
        table = tables.SUBJECTS[kind]
        statement = (
            select(table.c.due_at)
            .where(table.c.due_event == event, table.c.id.not_in(parked))
            .order_by(table.c.due_at)
            .limit(1)
        )
        instants.append(conn.execute(statement).scalar_one_or_none())
    return min((at for at in instants if at is not None), default=None)


def parked_count(conn: Connection) -> int:
    """How many timers wait for a person or a later try."""
    return len(conn.execute(select(tables.parked.c.subject_id)).all())
