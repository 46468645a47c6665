"""Parked timers: their step failed. Other timers continue; a parked one is retried, and later waits for a
person.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError, StatementError

from lifecycle.history.operations_log import GIVE_UP, PARK, RETRY, UNPARK, Note, note
from lifecycle.machines.step import CLOCK
from lifecycle.records import tables
from lifecycle.records.mapping import Unknown

TRIES = 5  # afterwards it waits for a person
_TEXT = 500
_p = tables.parked.c
_SHOWN = (_p.subject_id, _p.event, _p.due_at, _p.attempts, _p.reason, _p.retry_at)
_OF_THE_ROW = (
    sqlite3.IntegrityError, sqlite3.DataError,
    psycopg.IntegrityError, psycopg.DataError, psycopg.errors.RaiseException,
)  # fmt: skip
_AROUND_IT = (SQLAlchemyError, psycopg.Error, sqlite3.Error, OSError, MemoryError)


@dataclass(frozen=True, slots=True)
class StepFault:
    """A timer whose step failed. attempts: the number of earlier failures. reason: class and text of the error."""

    subject_id: str
    event: str
    due_at: datetime
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked timer. attempts: the number of failures. retry_at: None if it waits for a person."""

    subject_id: str
    event: str
    due_at: datetime
    attempts: int
    reason: str
    retry_at: datetime | None


def park(conn: Connection, faults: Sequence[StepFault], now: datetime) -> None:
    """Park timers. Each is retried after 1, 5, 25 and 125 minutes, and then only on a person's request.

    The logbook records the first and the last failure with the class of the error only: its text may repeat stored
    values.
    """
    _forget(conn, [fault.subject_id for fault in faults])
    rows = [
        {
            "subject_id": fault.subject_id,
            "event": fault.event,
            "due_at": fault.due_at,
            "attempts": fault.attempts + 1,
            "reason": fault.reason,
            "retry_at": now + timedelta(minutes=5**fault.attempts) if fault.attempts + 1 < TRIES else None,
        }
        for fault in faults
    ]
    if rows:
        conn.execute(insert(tables.parked), rows)
    noted = {0: PARK, TRIES - 1: GIVE_UP}
    note(
        conn,
        *(
            Note(now, noted[one.attempts], CLOCK, f"{one.event}: {one.reason.partition(':')[0]}", one.subject_id)
            for one in faults
            if one.attempts in noted
        ),
    )


def unpark(conn: Connection, fired: Sequence[tuple[str, str]], now: datetime) -> None:
    """Remove timers that have fired from the list, given as subject and event. The logbook records it."""
    _forget(conn, [subject_id for subject_id, _ in fired])
    note(conn, *(Note(now, UNPARK, CLOCK, event, subject_id) for subject_id, event in fired))


def _forget(conn: Connection, subject_ids: Sequence[str]) -> None:
    for start in range(0, len(subject_ids), 1000):
        part = list(subject_ids[start : start + 1000])
        conn.execute(delete(tables.parked).where(tables.parked.c.subject_id.in_(part)))


def retry_parked_timer(conn: Connection, subject_id: str, actor: str, reason: str, now: datetime) -> Parked:
    """Let the next sweep retry a timer and reset its attempts. The logbook records who did so and why.

    Returns the parked timer as it was. Raises Unknown if there is none.
    """
    row = conn.execute(delete(tables.parked).where(_p.subject_id == subject_id).returning(*_SHOWN)).one_or_none()
    if row is None:
        raise Unknown("parked timer", subject_id)
    note(conn, Note(now, RETRY, actor, reason, subject_id))
    return Parked(*row)


def parked_timers(conn: Connection, limit: int, after: str = "") -> list[Parked]:
    """Return parked timers with subject ids after `after`, in the order of id."""
    statement = select(*_SHOWN).where(_p.subject_id > after).order_by(_p.subject_id).limit(limit)
    return [Parked(*row) for row in conn.execute(statement)]


def is_about_row(error: Exception) -> bool:
    """Whether an error is about the stepped row, not about the database or the machine."""
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    return isinstance(cause, _OF_THE_ROW) or not isinstance(cause, _AROUND_IT)


def reason_of(error: Exception) -> str:
    """Return the class and the first line of an error; further lines of a database error repeat stored values."""
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    readable = str(cause).partition("\n")[0].replace("\0", "").encode("utf-8", "replace").decode()
    return f"{type(cause).__name__}: {readable}"[:_TEXT]
