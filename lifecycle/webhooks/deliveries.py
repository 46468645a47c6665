"""Selects the next messages for receivers. The log is the outbox: each receiver has a position in it.

A message is not stored before it is sent: its row is in the log, written with the transition. Only messages that a
receiver has not accepted are stored, so that the others continue. Messages about one contract keep their order:
later ones wait behind one that waits for a retry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, func, or_, select, update

from lifecycle.audit import log
from lifecycle.audit.verifier.breaks import LOG_CHAIN
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from lifecycle.records.of_service import concerning
from lifecycle.terms.calendar import TOKYO, instant
from lifecycle.terms.edition import EDITION

FEW = 5  # consecutive failures after which the receiver is paused and tried with one message at a time
BATCH, WINDOW = 100, 1000  # messages of a turn, log rows that it examines
HELD = timedelta(minutes=2)  # lease of a receiver; a turn is much shorter
OF_THE_SERVICE = (LOG_CHAIN, EDITION)  # prefixes of chains without a contract, which receivers do not get
TEST = "test"  # the type of a test message, which every receiver gets
NO_CONTRACT = f"c_{'0' * 26}"  # the subject of a test message
_w, _u = tables.webhook.c, tables.undelivered.c
_CLAIMED = (_w.url, _w.types, _w.service, _w.secret, _w.old_secret, _w.old_secret_until, _w.cursor, _w.failures)


@dataclass(frozen=True, slots=True)
class Message:
    """A message. index: of its log row. id: the same for every attempt. attempts: the number of earlier ones."""

    index: int
    contract_id: str
    id: str
    type: str
    body: bytes
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """What one process sends to one receiver at a time. lease_owner: that process.

    later: messages that wait behind another one of the same contract, and until when. up_to: the index up to which
    the log was examined.
    """

    webhook_id: str
    lease_owner: str
    url: str
    secrets: tuple[str, ...]
    failures: int
    messages: Sequence[Message]
    later: Sequence[tuple[Message, datetime]]
    up_to: int


def any_receiver(conn: Connection) -> bool:
    """Whether any receiver has messages to send."""
    return conn.execute(select(_w.id).where(_w.disabled_at.is_(None)).limit(1)).first() is not None


def ready_receivers(conn: Connection, now: datetime, lease_owner: str) -> tuple[list[str], datetime | None]:
    """Return the receivers that are due, and when the next other one is due."""
    end, ready, later = log.log_end(conn), [], []
    columns = (_w.id, _w.cursor, _w.backoff_until, _w.lease_owner, _w.lease_until)
    for row in conn.execute(select(*columns).where(_w.disabled_at.is_(None)).order_by(_w.id)):
        others = not is_sqlite(conn) and row.lease_owner not in (None, lease_owner)
        free_at = max(filter(None, (row.backoff_until, row.lease_until if others else None)), default=now)
        if free_at > now:
            later.append(free_at)
        elif row.cursor < end or ((next_try := _next_try(conn, row.id)) is not None and next_try <= now):
            ready.append(row.id)
        elif next_try is not None:
            later.append(next_try)
    return ready, min(later, default=None)


def claim_turn(conn: Connection, webhook_id: str, now: datetime, lease_owner: str) -> Turn | None:
    """Claim a turn at a receiver. Returns None if it is paused, disabled or removed, or if another process sends
    to it.
    """
    free = [
        _w.id == webhook_id,
        _w.disabled_at.is_(None),
        or_(_w.backoff_until.is_(None), _w.backoff_until <= now),
    ]
    if not is_sqlite(conn):  # on SQLite there is only one process
        free.append(or_(_w.lease_until.is_(None), _w.lease_until <= now, _w.lease_owner == lease_owner))
    claim = update(tables.webhook).where(*free).values(lease_owner=lease_owner, lease_until=now + HELD)
    row = conn.execute(claim.returning(*_CLAIMED)).one_or_none()
    if row is None:
        return None
    limit = BATCH if row.failures < FEW else 1
    messages, later, up_to = _due(conn, webhook_id, now, limit), [], row.cursor
    if len(messages) < limit:
        found, up_to = _logged(conn, row, limit - len(messages))
        behind = _blocked_contracts(conn, webhook_id, now, [message.contract_id for message in found])
        messages += [message for message in found if message.contract_id not in behind]
        later = [(message, behind[message.contract_id]) for message in found if message.contract_id in behind]
    both = row.old_secret is not None and row.old_secret_until > now
    secrets = (row.secret, row.old_secret) if both else (row.secret,)
    return Turn(webhook_id, lease_owner, row.url, secrets, row.failures, messages, later, up_to)


def _next_try(conn: Connection, webhook_id: str) -> datetime | None:
    """Return the instant of the next retry of a receiver."""
    found: datetime | None = conn.execute(
        select(func.min(_u.next_try_at)).where(_u.webhook_id == webhook_id)
    ).scalar_one()
    return found


def _due(conn: Connection, webhook_id: str, now: datetime, limit: int) -> list[Message]:
    due = select(_u.idx, _u.attempts).where(_u.webhook_id == webhook_id, _u.next_try_at <= now)
    attempts = {row.idx: row.attempts for row in conn.execute(due.order_by(_u.idx).limit(limit))}
    tests = [_test_message(index, attempts[index]) for index in attempts if index < 0]
    logged = [index for index in attempts if index >= 0]
    return tests + [message_of(row, attempts[row.idx]) for row in log.read_at(conn, logged)] if logged else tests


def _logged(conn: Connection, receiver: Any, limit: int) -> tuple[list[Message], int]:
    """Return the next messages in the log that a receiver wants, and the index up to which the log was
    examined.
    """
    types, service, after = receiver.types, receiver.service, receiver.cursor
    rows = log.read_log(conn, after, limit if types is None and service is None else WINDOW)
    told = [row for row in rows if not row.contract_id.startswith(OF_THE_SERVICE)]
    if service is not None:
        own = concerning(conn, {row.contract_id for row in told}, service)
        told = [row for row in told if row.contract_id in own]
    wanted = (message for message in map(message_of, told) if types is None or message.type in types)
    found = list(islice(wanted, limit))
    if len(found) == limit:
        return found, found[-1].index
    return found, rows[-1].idx if rows else after


def _blocked_contracts(
    conn: Connection, webhook_id: str, now: datetime, contracts: Sequence[str]
) -> dict[str, datetime]:
    """Return the contracts with an earlier message that waits for a retry, and until when."""
    mine = (_u.webhook_id == webhook_id, _u.next_try_at > now, _u.contract_id.in_(contracts))
    found = select(_u.contract_id, func.max(_u.next_try_at)).where(*mine).group_by(_u.contract_id)
    return {row[0]: row[1] for row in conn.execute(found)} if contracts else {}


def _test_message(index: int, attempts: int) -> Message:
    """Return a test message for a new receiver. index: minus the second of its creation."""
    at = instant(datetime.fromtimestamp(-index, TOKYO))
    data = {
        "index": index, "contract_id": NO_CONTRACT, "subject_id": NO_CONTRACT, "kind": "contract", "seq": 1,
        "event": "apply", "from_state": None, "to_state": "applied", "effective_at": at,
    }  # fmt: skip
    body = orjson.dumps({"type": TEST, "timestamp": at, "data": data})
    return Message(index, NO_CONTRACT, f"test_{-index}", TEST, body, attempts)


def message_of(row: Any, attempts: int = 0) -> Message:
    """Return the message about a log row: what happened to which subject, without any text that a person typed."""
    said = orjson.loads(row.payload)
    type_ = f"{said['kind']}.{said['event']}"
    data = {
        "index": row.idx, "contract_id": row.contract_id, "subject_id": said["subject"],
        **{name: said[name] for name in ("kind", "seq", "event", "from_state", "to_state", "effective_at")},
    }  # fmt: skip
    body = orjson.dumps({"type": type_, "timestamp": said["recorded_at"], "data": data})
    return Message(row.idx, row.contract_id, f"{said['subject']}_{said['seq']}", type_, body, attempts)
