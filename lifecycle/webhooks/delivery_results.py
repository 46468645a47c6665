"""Records the result of a turn: the receiver's position in the log, and the messages to retry."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from lifecycle.history.operations_log import DISABLE, Note, note
from lifecycle.records import tables
from lifecycle.webhooks.deliveries import FEW, Message, Turn

# Standard Webhooks 1.0: the delay after each failed attempt, plus a random fifth at most.
DELAYS = tuple(
    timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)  # fmt: skip
JITTER = 0.2
FIRST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=15)
_w, _u = tables.webhook.c, tables.undelivered.c
_random = SystemRandom()


@dataclass(slots=True)
class TurnResult:
    """The result of a turn. tried: by index of the message, None if it was accepted, else the reason.

    failures: consecutive ones at the end of the turn. gone: the receiver wants no more messages. rest: the pause
    that it requested.
    """

    tried: dict[int, str | None]
    failures: int = 0
    gone: bool = False
    rest: timedelta | None = None

    def taken(self, index: int) -> None:
        """Record that a message was accepted."""
        self.tried[index], self.failures = None, 0

    def failed(self, index: int, why: str, *, gone: bool = False, rest: timedelta | None = None) -> None:
        """Record that a message was not accepted."""
        self.tried[index] = why
        self.failures += 1
        self.gone, self.rest = self.gone or gone, rest or self.rest


def record_result(conn: Connection, turn: Turn, result: TurnResult, now: datetime) -> bool:
    """Record the result of a turn and end it. Returns False and records nothing if another process has begun a
    turn.
    """
    values: dict[str, Any] = {
        "cursor": turn.up_to, "failures": result.failures, "backoff_until": _backoff_until(result, now),
        "lease_owner": None, "lease_until": None,
    }  # fmt: skip
    if result.gone:
        values |= {"disabled_at": now, "disabled_because": "answered 410"}
    mine = (_w.id == turn.webhook_id, _w.lease_owner == turn.lease_owner)
    if conn.execute(update(tables.webhook).where(*mine).values(values)).rowcount != 1:
        return False
    _replace(conn, turn, result, now)
    if result.gone:
        note(conn, Note(now, DISABLE, "clock", "answered 410", turn.webhook_id))
    return True


def next_delay(attempts: int) -> timedelta | None:
    """Return the delay after a number of failed attempts, None if the message then waits for a person."""
    return _jittered(DELAYS[attempts - 1]) if attempts <= len(DELAYS) else None


def _replace(conn: Connection, turn: Turn, result: TurnResult, now: datetime) -> None:
    """Store what was not accepted: failed messages until their retry, and those behind them as long."""
    mine = _u.webhook_id == turn.webhook_id
    tried = [message for message in turn.messages if message.index in result.tried]
    failed = [_failed(message, str(result.tried[message.index]), now) for message in tried
              if result.tried[message.index] is not None]  # fmt: skip
    again = {row["contract_id"]: row["next_try_at"] for row in failed}
    untried = [
        (message, again.get(message.contract_id) or now)
        for message in turn.messages
        if message.index not in result.tried
    ]
    if tried:
        conn.execute(delete(tables.undelivered).where(mine, _u.idx.in_([message.index for message in tried])))
    for row in failed:
        behind = (mine, _u.contract_id == row["contract_id"], _u.idx > row["idx"])
        if row["next_try_at"] is not None:
            earlier = _u.next_try_at < row["next_try_at"]
            conn.execute(update(tables.undelivered).where(*behind, earlier).values(next_try_at=row["next_try_at"]))
    known = mine & _u.idx.in_([message.index for message, _ in untried])
    kept = set(conn.execute(select(_u.idx).where(known)).scalars())
    fresh = [_behind(message, until) for message, until in [*untried, *turn.later] if message.index not in kept]
    if rows := [{"webhook_id": turn.webhook_id} | row for row in [*failed, *fresh]]:
        conn.execute(insert(tables.undelivered), rows)


def _failed(message: Message, reason: str, now: datetime) -> dict[str, Any]:
    attempts = message.attempts + 1
    delay = next_delay(attempts)
    again = now + delay if delay is not None else None
    return _row(message, attempts, again) | {"tried_at": now, "reason": reason}


def _behind(message: Message, until: datetime) -> dict[str, Any]:
    return _row(message, message.attempts, until) | {"tried_at": None, "reason": None}


def _row(message: Message, attempts: int, next_try_at: datetime | None) -> dict[str, Any]:
    return {
        "idx": message.index,
        "contract_id": message.contract_id,
        "attempts": attempts,
        "next_try_at": next_try_at,
    }


def _backoff_until(result: TurnResult, now: datetime) -> datetime | None:
    if result.rest is not None:
        return now + min(result.rest, LONGEST_REST)
    if result.failures < FEW:
        return None
    return now + _jittered(min(LONGEST_REST, FIRST_REST * 2 ** min(result.failures - FEW, 10)))


def _jittered(delay: timedelta) -> timedelta:
    return delay * (1 + JITTER * _random.random())
