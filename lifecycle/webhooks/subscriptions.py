"""Webhook receivers: people add, change and remove them; the logbook records it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, delete, func, insert, select, update
from ulid import ULID

from lifecycle.audit import log
from lifecycle.errors import DomainError, Malformed
from lifecycle.history.operations_log import ADD, REMOVE, RESEND, ROTATE, Note, note
from lifecycle.machines.table import EVENTS
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from lifecycle.records.mapping import Unknown
from lifecycle.webhooks.addresses import same_address
from lifecycle.webhooks.deliveries import NO_CONTRACT
from lifecycle.webhooks.signature import new_secret

TYPES = frozenset(f"{kind}.{event}" for kind, events in EVENTS.items() for event in events)
_ADDING = 7_418_202_611  # the advisory lock for adding a receiver
BOTH_SIGN = timedelta(hours=24)  # after a change of the secret
_w, _u = tables.webhook.c, tables.undelivered.c
_OPEN = _u.next_try_at.is_not(None)


class NotYetLogged(Malformed):
    """The log does not contain this index yet."""

    def __init__(self, end: int) -> None:
        super().__init__([("/after", "lies beyond the end of the log")])
        self.end = end

    def __str__(self) -> str:
        return f"the log ends at {self.end}"


class AddressInUse(DomainError):
    """An enabled receiver has the same address: it would get every message twice."""

    kind, title = "duplicate", "The address is taken"

    def __init__(self, webhook_id: str) -> None:
        super().__init__(f"The receiver {webhook_id} has this address.")


class Disabled(DomainError):
    """The receiver wants no more messages."""

    title = "The receiver is disabled"

    def __init__(self) -> None:
        super().__init__("It answered 410: add it again.")


@dataclass(frozen=True, slots=True)
class Webhook:
    """A receiver. cursor: it has accepted the log up to this index, except undelivered messages.

    types: the message types it wants, None for all. service: the service of its contracts, None for all. waiting,
    failed: the number of undelivered messages with and without a further attempt.
    """

    id: str
    url: str
    types: Sequence[str] | None
    service: str | None
    cursor: int
    failures: int
    backoff_until: datetime | None
    old_secret_until: datetime | None
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    disabled_because: str | None
    waiting: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that was not accepted. index: of its log row. next_try_at: None after the last attempt."""

    index: int
    contract_id: str
    attempts: int
    tried_at: datetime | None
    next_try_at: datetime | None
    reason: str | None


_SHOWN = [_w[field.name] for field in fields(Webhook)[:-2]]
_LISTED = (_u.idx, _u.contract_id, _u.attempts, _u.tried_at, _u.next_try_at, _u.reason)


def subscribe(
    conn: Connection, url: str, types: Sequence[str] | None, after: int | None, by: str, now: datetime,
    service: str | None = None,
) -> tuple[str, str]:  # fmt: skip
    """Add a receiver. Returns its id, and its secret, which is shown only here.

    after: the index of the last log row that it knows, -1 for none; None for the current end of the log. service:
    only messages about this service's contracts, None for all.

    Raises NotYetLogged, AddressInUse.
    """
    end = log.log_end(conn)
    _one_at_a_time(conn)
    for other in conn.execute(select(_w.id, _w.url, _w.service).where(_w.disabled_at.is_(None))):
        apart = None not in (other.service, service) and other.service != service
        if same_address(other.url, url) and not apart:
            raise AddressInUse(other.id)
    if after is not None and after > end:
        raise NotYetLogged(end)
    webhook_id, secret = f"w_{ULID.from_datetime(now)}".lower(), new_secret()
    row = {
        "id": webhook_id, "url": url, "types": None if types is None else sorted(set(types)), "secret": secret,
        "service": service,
        "cursor": end if after is None else after, "failures": 0, "created_at": now, "created_by": by,
    }  # fmt: skip
    conn.execute(insert(tables.webhook), row)
    note(conn, Note(now, ADD, by, url, webhook_id))
    return webhook_id, secret


def _one_at_a_time(conn: Connection) -> None:
    """Prevent concurrent additions until the transaction ends."""
    if not is_sqlite(conn):
        conn.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_ADDING,))


def send_test(conn: Connection, webhook_id: str, by: str, now: datetime) -> None:
    """Request a test message and end a pause. The logbook records it. now: by the sender's clock.

    Raises Unknown, Disabled.
    """
    found = webhook_of(conn, webhook_id)
    if found.disabled_at is not None:
        raise Disabled
    index = -int(now.timestamp())
    row = {"webhook_id": webhook_id, "idx": index, "contract_id": NO_CONTRACT, "attempts": 0, "next_try_at": now}
    if conn.execute(select(_u.idx).where(_u.webhook_id == webhook_id, _u.idx == index)).first() is None:
        conn.execute(insert(tables.undelivered), row)
    conn.execute(update(tables.webhook).where(_w.id == webhook_id).values(backoff_until=None))
    note(conn, Note(now, RESEND, by, "test message", webhook_id))


def unsubscribe(conn: Connection, webhook_id: str, by: str, reason: str, now: datetime) -> None:
    """Remove a receiver and its undelivered messages. Raises Unknown."""
    taken = (
        update(tables.webhook).where(_w.id == webhook_id).values(lease_owner=None)
    )  # so that a running turn records nothing
    if conn.execute(taken).rowcount != 1:
        raise Unknown("webhook", webhook_id)
    conn.execute(delete(tables.undelivered).where(_u.webhook_id == webhook_id))
    conn.execute(delete(tables.webhook).where(_w.id == webhook_id))
    note(conn, Note(now, REMOVE, by, reason, webhook_id))


def rotate_signing_secret(conn: Connection, webhook_id: str, by: str, reason: str, now: datetime) -> str:
    """Return a new secret of a receiver; for a day messages have both signatures. Raises Unknown."""
    webhook_of(conn, webhook_id)
    secret = new_secret()
    mine = update(tables.webhook).where(_w.id == webhook_id)
    conn.execute(mine.values(old_secret=_w.secret, old_secret_until=now + BOTH_SIGN, secret=secret))
    note(conn, Note(now, ROTATE, by, reason, webhook_id))
    return secret


def resend_undelivered(conn: Connection, webhook_id: str, index: int | None, by: str, now: datetime) -> int:
    """Resend one or all failed messages and reset their attempts. Returns the number. The logbook records it.

    Raises Unknown for an unknown receiver or message.
    """
    webhook_of(conn, webhook_id)
    failed = (_u.webhook_id == webhook_id, _u.next_try_at.is_(None), *([] if index is None else [_u.idx == index]))
    again = update(tables.undelivered).where(*failed).values(next_try_at=now, attempts=0)
    number = conn.execute(again).rowcount
    if index is not None and not number:
        raise Unknown("failed message", str(index))
    if number:
        conn.execute(update(tables.webhook).where(_w.id == webhook_id).values(backoff_until=None))
        what = f"{number} messages" if index is None else f"message {index}"
        note(conn, Note(now, RESEND, by, what, webhook_id))
    return number


def webhook_of(conn: Connection, webhook_id: str) -> Webhook:
    """Return a receiver. Raises Unknown."""
    found = _found(conn, _w.id == webhook_id)
    if not found:
        raise Unknown("webhook", webhook_id)
    return found[0]


def list_webhooks(conn: Connection, service: str | None = None) -> list[Webhook]:
    """Return the receivers in the order of their addition; with a service, those limited to it."""
    return _found(conn, *([] if service is None else [_w.service == service]))


def undelivered(conn: Connection, webhook_id: str, after: int | None, limit: int) -> list[Undelivered]:
    """Return a receiver's undelivered messages with an index above `after`, in the order of the index. Raises
    Unknown.

    The index of a test message is negative.
    """
    webhook_of(conn, webhook_id)
    rows = select(*_LISTED).where(_u.webhook_id == webhook_id).order_by(_u.idx).limit(limit)
    return [Undelivered(*row) for row in conn.execute(rows if after is None else rows.where(_u.idx > after))]


def webhook_numbers(conn: Connection) -> tuple[int, int, int]:
    """Return the numbers of disabled receivers, of messages that wait for a retry, and of failed messages."""
    disabled = select(func.count()).where(_w.disabled_at.is_not(None)).scalar_subquery()
    waiting = select(func.count()).where(_OPEN).scalar_subquery()
    failed = select(func.count()).where(_u.next_try_at.is_(None)).scalar_subquery()
    row = conn.execute(select(disabled, waiting, failed)).one()
    return row[0], row[1], row[2]


def _found(conn: Connection, *which: Any) -> list[Webhook]:
    joined = tables.webhook.outerjoin(tables.undelivered, _u.webhook_id == _w.id)
    waiting = func.count(case((and_(_u.webhook_id.is_not(None), _OPEN), 1)))
    failed = func.count(case((and_(_u.webhook_id.is_not(None), _u.next_try_at.is_(None)), 1)))
    counted = select(_w.id.label("id"), waiting.label("waiting"), failed.label("failed"))
    inner = counted.select_from(joined).where(*which).group_by(_w.id).subquery()
    rows = select(*_SHOWN, inner.c.waiting, inner.c.failed).join(inner, inner.c.id == _w.id).order_by(_w.id)
    return [Webhook(*tuple(row)) for row in conn.execute(rows)]
