"""The service's own time: the instant of a sandbox, the heartbeat of sweeps, overdue timers."""

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
    """The row of the clock table, with its column names."""

    sandbox_now: datetime | None
    heartbeat_at: datetime | None
    high_water_mark: datetime | None = None
    sweep_ms: int | None = None
    late_ms: int | None = None


class NotASandbox(Exception):
    """A live database can never become a sandbox, nor a sandbox a live one."""


class Backwards(DomainError):
    """The time of a sandbox moves only forward."""

    kind, title = "backwards", "Time only moves forward"


def read_clock(conn: Connection) -> ClockState:
    """Return the clock row, or an empty one if no sweep has ever run."""
    at = tables.clock.c
    row = conn.execute(
        select(at.sandbox_now, at.heartbeat_at, at.high_water_mark, at.sweep_ms, at.late_ms)
    ).first()
    return ClockState(*row) if row else ClockState(None, None)


def raise_high_water_mark(conn: Connection, now: datetime) -> datetime:
    """Raise the high-water mark of sweeps to now, never lower it. Returns the instant of recording."""
    found: datetime = conn.execute(_MARK, {"id": CLOCK_ID, "at": now}).scalar_one()
    return found


@contextmanager
def lock_clock(engine: Engine) -> Iterator[Connection]:
    """A short transaction for one sweep at a time. Others do not queue for a lock but retry.

    After TRIES retries, the transaction waits for the lock of the row.
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
    """Make an empty database a sandbox at the instant `now`, or open an existing sandbox. Returns its instant.

    Raises NotASandbox for a live database, Backwards if `now` is before the sandbox's instant.
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
    """Raise NotASandbox if the database of a live service is a sandbox."""
    if read_clock(conn).sandbox_now is not None:
        raise NotASandbox("this database is a sandbox; start with --sandbox")


def move_sandbox(conn: Connection, to: datetime) -> None:
    """Set the instant of a sandbox. Raises Backwards, NotASandbox."""
    found = read_clock(conn).sandbox_now
    if found is None:
        raise NotASandbox("this database is live: its time is the real one")
    if to < found:
        raise Backwards(f"time only moves forward; it is {found.isoformat()}")
    conn.execute(update(tables.clock).values(sandbox_now=to))


def oldest_due(conn: Connection) -> datetime | None:
    """Return the earliest instant of a timer that is not parked, None without such a timer."""
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
    """Return the number of timers that wait for a person or a retry."""
    return len(conn.execute(select(tables.parked.c.subject_id)).all())
