"""The logbook: operations on the service itself, with person and reason. Append-only, like the history."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from lifecycle.records import tables

TRIP, RESUME, RETRY = "trip", "resume", "retry"
PARK, GIVE_UP, UNPARK = "park", "give_up", "unpark"
END_SESSIONS = "end_sessions"
ADD, REMOVE, ROTATE, RESEND, DISABLE = (
    f"webhook_{what}" for what in ("add", "remove", "rotate", "resend", "disable")
)
MAIL_RESEND, MAIL_REMOVE = "mail_resend", "mail_remove"
EVENTS = (
    TRIP, RESUME, PARK, GIVE_UP, RETRY, UNPARK, END_SESSIONS, ADD, REMOVE, ROTATE, RESEND, DISABLE, MAIL_RESEND,
    MAIL_REMOVE,
)  # fmt: skip
_columns = tables.operations_log.c


@dataclass(frozen=True, slots=True)
class Note:
    """One entry. event: one of those above. subject_id: the owner of the timer, or the webhook; None for none."""

    at: datetime
    event: str
    actor: str
    reason: str
    subject_id: str | None = None


def note(conn: Connection, *entries: Note) -> None:
    """Write entries, in the caller's transaction."""
    if entries:
        conn.execute(insert(tables.operations_log), [asdict(entry) for entry in entries])


def latest(conn: Connection, *events: str, limit: int = 1) -> list[Note]:
    """Return the latest entries of some events, or of all, the newest first."""
    statement = select(_columns.at, _columns.event, _columns.actor, _columns.reason, _columns.subject_id)
    if events:
        statement = statement.where(_columns.event.in_(events))
    return [Note(*row) for row in conn.execute(statement.order_by(_columns.id.desc()).limit(limit))]
