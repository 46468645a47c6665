"""Timers set aside because their step failed, so that the rest goes on; tried again later, then by a person."""

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

TRIES = 5  # then it waits for a person
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
    """A timer whose step failed. attempts: how often it had failed before. reason: class and text of the error."""

    subject_id: str
    event: str
    due_at: datetime
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class Parked:
    """A timer set aside. attempts: how often its step failed. retry_at: None where it waits for a person."""

    subject_id: str
    event: str
    due_at: datetime
    attempts: int
    reason: str
    retry_at: datetime | None


def park(conn: Connection, faults: Sequence[StepFault], now: datetime) -> None:
    """Sets timers aside; each is tried again after 1, 5, 25 and 125 minutes, then never by itself.

    The logbook has the first time and the last, with the kind of the error: its text may repeat what a row holds.
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
    """Takes timers that have fired after all off the list, each as subject and event; the logbook says so."""
    _forget(conn, [subject_id for subject_id, _ in fired])
    note(conn, *(Note(now, UNPARK, CLOCK, event, subject_id) for subject_id, event in fired))


def _forget(conn: Connection, subject_ids: Sequence[str]) -> None:
    for start in range(0, len(subject_ids), 1000):
        part = list(subject_ids[start : start + 1000])
        conn.execute(delete(tables.parked).where(tables.parked.c.subject_id.in_(part)))


def retry_parked_timer(conn: Connection, subject_id: str, actor: str, reason: str, now: datetime) -> Parked:
    """Lets the next sweep retry a timer and resets its attempts; the logbook records who and why.

    Returns it as it was parked. Raises Unknown where none is.
    """
    row = conn.execute(delete(tables.parked).where(_p.subject_id == subject_id).returning(*_SHOWN)).one_or_none()
    if row is None:
        raise Unknown("parked timer", subject_id)
    note(conn, Note(now, RETRY, actor, reason, subject_id))
    return Parked(*row)


def parked_timers(conn: Connection, limit: int, after: str = "") -> list[Parked]:
    """The timers set aside whose subject's id lies after `after`, in the order of id."""
    statement = select(*_SHOWN).where(_p.subject_id > after).order_by(_p.subject_id).limit(limit)
    return [Parked(*row) for row in conn.execute(statement)]


def is_about_row(error: Exception) -> bool:
    """Whether an error speaks of the row that was stepped, not of the database or the machine around it."""
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    return isinstance(cause, _OF_THE_ROW) or not isinstance(cause, _AROUND_IT)


def reason_of(error: Exception) -> str:
    """An error as class and first line of text; what a database says below that repeats stored values."""
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    readable = str(cause).partition("\n")[0].replace("\0", "").encode("utf-8", "replace").decode()
    return f"{type(cause).__name__}: {readable}"[:_TEXT]
