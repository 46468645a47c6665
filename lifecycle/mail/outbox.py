"""The outbox of mail: a message is queued with the commit of its command, and a scheduler process sends it.

A message keeps its id, date and bytes over all attempts, so that the mail server can recognise it. Recipient and
content are deleted as soon as the server has accepted it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, case, delete, func, insert, or_, select, update
from ulid import ULID

from lifecycle.errors import DomainError
from lifecycle.history.operations_log import MAIL_REMOVE, MAIL_RESEND, Note, note
from lifecycle.records import tables
from lifecycle.records.mapping import Unknown
from lifecycle.webhooks.delivery_results import next_delay

HELD = timedelta(minutes=5)  # lease of a message; an attempt is much shorter
_m = tables.mail.c
_EMPTY = {"recipient": None, "subject": None, "body": None, "file_name": None, "content": None}
_FREE = {"lease_owner": None, "lease_until": None}


class NotWaiting(DomainError):
    """The message was sent or removed and can no longer be sent."""

    title = "The message is gone"

    def __init__(self) -> None:
        super().__init__("It was taken or removed, and is not kept. Have the paper mailed again.")


@dataclass(frozen=True, slots=True)
class Letter:
    """The content of a message. file_name, content: of the attached paper, None for a test message."""

    recipient: str
    subject: str
    body: str
    file_name: str | None = None
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """A message in the list, without its recipient."""

    id: str
    contract_id: str | None
    paper: str | None
    language: str
    to_whom: str
    sha256: str | None
    attempts: int
    tried_at: datetime | None
    next_try_at: datetime | None
    reason: str | None
    created_at: datetime
    created_by: str
    sent_at: datetime | None
    removed_at: datetime | None

    @property
    def state(self) -> str:
        """waiting, sent, failed or removed."""
        if self.sent_at is not None:
            return "sent"
        if self.removed_at is not None:
            return "removed"
        return "waiting" if self.next_try_at is not None else "failed"


@dataclass(frozen=True, slots=True)
class LeasedMail:
    """A message that this process sends now."""

    id: str
    attempts: int
    created_at: datetime
    letter: Letter


_LISTED = [_m[field.name] for field in fields(Queued)]


def queue(
    conn: Connection, letter: Letter, to_whom: str, by: str, now: datetime, *, contract_id: str | None = None,
    paper: str | None = None, language: str = "ja",
) -> Queued:  # fmt: skip
    """Put a message into the outbox, in the caller's transaction."""
    mail_id = f"mail_{ULID.from_datetime(now)}".lower()
    digest = sha256(letter.content).hexdigest() if letter.content is not None else None
    row = {
        "id": mail_id, "contract_id": contract_id, "paper": paper, "language": language, "to_whom": to_whom,
        "recipient": letter.recipient, "subject": letter.subject, "body": letter.body,
        "file_name": letter.file_name, "content": letter.content, "sha256": digest, "attempts": 0,
        "next_try_at": now, "created_at": now, "created_by": by,
    }  # fmt: skip
    conn.execute(insert(tables.mail), row)
    return mail_of(conn, mail_id)


def mail_of(conn: Connection, mail_id: str) -> Queued:
    """Return a message. Raises Unknown."""
    row = conn.execute(select(*_LISTED).where(_m.id == mail_id)).one_or_none()
    if row is None:
        raise Unknown("mail", mail_id)
    return Queued(*row)


def list_mail(
    conn: Connection,
    limit: int,
    after: str | None = None,
    *,
    contract_id: str | None = None,
    state: str | None = None,
) -> list[Queued]:
    """Return messages, the newest first. after: the id of the last one of the previous page."""
    rows = select(*_LISTED).order_by(_m.id.desc()).limit(limit)
    if after is not None:
        rows = rows.where(_m.id < after)
    if contract_id is not None:
        rows = rows.where(_m.contract_id == contract_id)
    if state is not None:
        rows = rows.where(_IN_STATE[state])
    return [Queued(*row) for row in conn.execute(rows)]


def claim(conn: Connection, now: datetime, lease_owner: str) -> LeasedMail | None:
    """Claim the due message that has waited longest, None if none is due."""
    free = or_(_m.lease_until.is_(None), _m.lease_until <= now)
    due = select(_m.id).where(_m.next_try_at <= now, free).order_by(_m.next_try_at).limit(1)
    if conn.dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    mail_id = conn.execute(due).scalar_one_or_none()
    if mail_id is None:
        return None
    columns = (_m.id, _m.attempts, _m.created_at, _m.recipient, _m.subject, _m.body, _m.file_name, _m.content)
    held = update(tables.mail).where(_m.id == mail_id).values(lease_owner=lease_owner, lease_until=now + HELD)
    row = conn.execute(held.returning(*columns)).one()
    return LeasedMail(row.id, row.attempts, row.created_at, Letter(*row[3:]))


def next_at(conn: Connection, now: datetime) -> datetime | None:
    """Return when the next message is due, None without one."""
    free_at = case((_m.lease_until > now, _m.lease_until), else_=_m.next_try_at)
    found: datetime | None = conn.execute(
        select(func.min(free_at)).where(_m.next_try_at.is_not(None))
    ).scalar_one()
    return found


def taken(conn: Connection, held: LeasedMail, lease_owner: str, now: datetime) -> None:
    """Record that the server has accepted the message, and delete its content."""
    mine = (_m.id == held.id, _m.lease_owner == lease_owner)
    values = _EMPTY | _FREE | {"sent_at": now, "next_try_at": None, "tried_at": now, "reason": None}
    conn.execute(update(tables.mail).where(*mine).values(attempts=held.attempts + 1, **values))


def failed(
    conn: Connection, held: LeasedMail, lease_owner: str, now: datetime, reason: str, *, for_good: bool
) -> datetime | None:
    """Record that the message was not accepted. Returns the instant of the retry, None if the message waits for a
    person.
    """
    delay = None if for_good else next_delay(held.attempts + 1)
    again = now + delay if delay is not None else None
    mine = (_m.id == held.id, _m.lease_owner == lease_owner, _m.next_try_at.is_not(None))
    values = _FREE | {"tried_at": now, "next_try_at": again, "reason": reason}
    conn.execute(update(tables.mail).where(*mine).values(attempts=held.attempts + 1, **values))
    return again


def resend(conn: Connection, mail_id: str, by: str, now: datetime) -> Queued:
    """Let a failed or waiting message be sent at once and reset its attempts. The logbook records it.

    Raises Unknown, NotWaiting.
    """
    found = mail_of(conn, mail_id)
    if found.state in ("sent", "removed"):
        raise NotWaiting
    conn.execute(update(tables.mail).where(_m.id == mail_id).values(next_try_at=now, attempts=0))
    note(conn, Note(now, MAIL_RESEND, by, found.paper or "test message", mail_id))
    return mail_of(conn, mail_id)


def remove(conn: Connection, mail_id: str, by: str, reason: str, now: datetime) -> Queued:
    """Remove an unsent message. The logbook records it. Raises Unknown, NotWaiting."""
    if mail_of(conn, mail_id).state in ("sent", "removed"):
        raise NotWaiting
    conn.execute(update(tables.mail).where(_m.id == mail_id).values(_REMOVED | {"removed_at": now}))
    note(conn, Note(now, MAIL_REMOVE, by, reason, mail_id))
    return mail_of(conn, mail_id)


def forget_mail(conn: Connection, contract_id: str) -> None:
    """Delete a contract's unsent messages; sent ones no longer contain a recipient."""
    conn.execute(delete(tables.mail).where(_m.contract_id == contract_id, _m.sent_at.is_(None)))


def mail_numbers(conn: Connection) -> tuple[int, int]:
    """Return the numbers of waiting and of failed messages."""
    columns = [func.count(case((_IN_STATE[name], 1))) for name in ("waiting", "failed")]
    row = conn.execute(select(*columns).where(_m.sent_at.is_(None))).one()
    return row[0], row[1]


_REMOVED: dict[str, Any] = _EMPTY | _FREE | {"next_try_at": None}
_UNSENT: Sequence[Any] = (_m.sent_at.is_(None), _m.removed_at.is_(None))
_IN_STATE = {
    "waiting": _m.next_try_at.is_not(None),
    "failed": _UNSENT[0] & _UNSENT[1] & _m.next_try_at.is_(None),
    "sent": _m.sent_at.is_not(None),
    "removed": _m.removed_at.is_not(None),
}
