"""The outbox of mail: what is queued with the commit of its command is sent by whoever runs the scheduler.

A message keeps its id, its date and its bytes over all tries, so that a server that took it knows it again.
What says whom it is for is kept only until it is taken.
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

HELD = timedelta(minutes=5)  # that no other process sends the same message; a try is much shorter
_m = tables.mail.c
_EMPTY = {"recipient": None, "subject": None, "body": None, "file_name": None, "content": None}
_FREE = {"lease_owner": None, "lease_until": None}


class NotWaiting(DomainError):
    """The message is taken or removed: there is nothing left of it to send."""

    title = "The message is gone"

    def __init__(self) -> None:
        super().__init__("It was taken or removed, and is not kept. Have the paper mailed again.")


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent. file_name, content: of the attached paper, None of a test message."""

    recipient: str
    subject: str
    body: str
    file_name: str | None = None
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """A message as it is listed: nothing of it says who gets it."""

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
    """Puts a message into the outbox, in the caller's transaction."""
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
    """A message as it stands. Raises Unknown."""
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
    """Messages, the newest first. after: the id of the last one of the page before."""
    rows = select(*_LISTED).order_by(_m.id.desc()).limit(limit)
    if after is not None:
        rows = rows.where(_m.id < after)
    if contract_id is not None:
        rows = rows.where(_m.contract_id == contract_id)
    if state is not None:
        rows = rows.where(_IN_STATE[state])
    return [Queued(*row) for row in conn.execute(rows)]


def claim(conn: Connection, now: datetime, lease_owner: str) -> LeasedMail | None:
    """Takes the message that has waited longest and is due, None for none."""
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
    """When something can be sent next, None for nothing."""
    free_at = case((_m.lease_until > now, _m.lease_until), else_=_m.next_try_at)
    found: datetime | None = conn.execute(
        select(func.min(free_at)).where(_m.next_try_at.is_not(None))
    ).scalar_one()
    return found


def taken(conn: Connection, held: LeasedMail, lease_owner: str, now: datetime) -> None:
    """The server has it: what it was is forgotten, that it was sent stays."""
    mine = (_m.id == held.id, _m.lease_owner == lease_owner)
    values = _EMPTY | _FREE | {"sent_at": now, "next_try_at": None, "tried_at": now, "reason": None}
    conn.execute(update(tables.mail).where(*mine).values(attempts=held.attempts + 1, **values))


def failed(
    conn: Connection, held: LeasedMail, lease_owner: str, now: datetime, reason: str, *, for_good: bool
) -> datetime | None:
    """It was not taken; when it is tried again, None where a person has to look at it."""
    delay = None if for_good else next_delay(held.attempts + 1)
    again = now + delay if delay is not None else None
    mine = (_m.id == held.id, _m.lease_owner == lease_owner, _m.next_try_at.is_not(None))
    values = _FREE | {"tried_at": now, "next_try_at": again, "reason": reason}
    conn.execute(update(tables.mail).where(*mine).values(attempts=held.attempts + 1, **values))
    return again


def resend(conn: Connection, mail_id: str, by: str, now: datetime) -> Queued:
    """Has a failed or waiting message sent at once, its tries counted anew. On record.

    Raises Unknown, NotWaiting.
    """
    found = mail_of(conn, mail_id)
    if found.state in ("sent", "removed"):
        raise NotWaiting
    conn.execute(update(tables.mail).where(_m.id == mail_id).values(next_try_at=now, attempts=0))
    note(conn, Note(now, MAIL_RESEND, by, found.paper or "test message", mail_id))
    return mail_of(conn, mail_id)


def remove(conn: Connection, mail_id: str, by: str, reason: str, now: datetime) -> Queued:
    """Takes a message out that was not sent. On record. Raises Unknown, NotWaiting."""
    if mail_of(conn, mail_id).state in ("sent", "removed"):
        raise NotWaiting
    conn.execute(update(tables.mail).where(_m.id == mail_id).values(_REMOVED | {"removed_at": now}))
    note(conn, Note(now, MAIL_REMOVE, by, reason, mail_id))
    return mail_of(conn, mail_id)


def forget_mail(conn: Connection, contract_id: str) -> None:
    """Nothing of a contract is sent any more, and no message of it says who would have got it."""
    conn.execute(delete(tables.mail).where(_m.contract_id == contract_id, _m.sent_at.is_(None)))


def mail_numbers(conn: Connection) -> tuple[int, int]:
    """How many messages wait, how many failed for good."""
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
