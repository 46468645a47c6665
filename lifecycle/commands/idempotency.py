"""Idempotency keys: the first answer to a command is stored in its transaction and returned again.

A key belongs to its sender and to the operation, subject and body of its first request.
"""

import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    CursorResult,
    bindparam,
    delete,
    func,
    select,
    text,
    true,
    tuple_,
)

from lifecycle.commands.command import Command, Outcome
from lifecycle.commands.service import Service
from lifecycle.errors import DomainError, Malformed
from lifecycle.records import tables
from lifecycle.records.bulk_insert import write_row_sets
from lifecycle.records.engine import is_sqlite
from lifecycle.records.row_sets import RowSet

REPLAYED_REFUSALS = ("not-possible", "refused", "duplicate")  # refusals that are stored under the key
REPLAYED: Mapping[str, str] = {"Idempotency-Replayed": "true"}
AT_ONCE = 5_000  # keys forgotten in one transaction
_JSON, _PROBLEM = "application/json", "application/problem+json"
_COLUMNS = ("actor", "key", "fingerprint", "status", "headers", "recorded_at", "body")
_PAIRS = "(idempotency.actor, idempotency.key) IN (SELECT {})"
_KEPT = select(tables.idempotency)
_KEPT_SQLITE = _KEPT.where(text(_PAIRS.format("value ->> 0, value ->> 1 FROM json_each(:pairs)")))
_KEPT_POSTGRES = _KEPT.where(text(_PAIRS.format("* FROM unnest(CAST(:actors AS text[]), CAST(:keys AS text[]))")))
_LAST = re.compile("[/:]")  # a version before 0.1 kept `urn:lifecycle:problem:…`
_SALT = 16  # hexadecimal digits
_MEMBERS = frozenset(("type", "title", "status", "detail", "instance"))


class KeyReused(Malformed):
    """The key was used for a different request."""

    kind, title = "key-reused", "The idempotency key belongs to another request"

    def __init__(self) -> None:
        super().__init__([("/header/Idempotency-Key", "belongs to another request")])

    @property
    def detail(self) -> str:
        """What differs."""
        return "The same key came before with another method, path, query or body."


class StillRunning(DomainError):
    """A command with the same key is being executed."""

    kind, title = "still-running", "The first request is still running"
    headers: Mapping[str, str] = {"Retry-After": "1"}

    def __init__(self) -> None:
        super().__init__("A request with the same idempotency key is being worked on.")


class ReplayedRefusal(DomainError):
    """The stored refusal of the key. problem: as it was answered."""

    headers: Mapping[str, str] = REPLAYED

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(problem["detail"])
        self.status, self.title = problem["status"], problem["title"]
        self.kind = _LAST.split(problem["type"])[-1]
        self.problem = problem

    @property
    def extras(self) -> Mapping[str, Any]:
        """The members beyond the common ones."""
        return {name: value for name, value in self.problem.items() if name not in _MEMBERS}


class FirstAnswer(NamedTuple):
    """The stored answer of a command. answer: the outcome, or the refusal."""

    command: Command
    now: datetime
    answer: Outcome | DomainError


def forget_old_keys(conn: Connection, now: datetime, window: timedelta) -> int:
    """Remove keys that are older than the retention window, some at a time; return how many."""
    kept = tables.idempotency.c
    old = select(kept.actor, kept.key).where(kept.recorded_at < now - window).order_by(kept.recorded_at)
    gone = delete(tables.idempotency).where(tuple_(kept.actor, kept.key).in_(old.limit(AT_ONCE)))
    return int(conn.execute(gone).rowcount)


def fingerprint(method: str, path: str, query: Sequence[tuple[str, str]], body: bytes) -> str:
    """SHA-256 of a request; path and query name operation and subject."""
    return hashlib.sha256(orjson.dumps([method, path, query]) + b"\n" + body).hexdigest()


def _salted(plain: str, salt: str) -> str:
    """Return a salted fingerprint, so that nobody can match stored fingerprints with hashes of likely requests.

    In 64 characters: the salt, then as much of the hash as fits.
    """
    return salt + hashlib.sha256(f"{salt}{plain}".encode()).hexdigest()[: 64 - len(salt)]


def first_answer(conn: Connection, command: Command) -> Outcome | None:
    """Return the stored answer of the key, None if it is new. Raises ReplayedRefusal, KeyReused, StillRunning."""
    found = first_answers(conn, [command]).get(0)
    if isinstance(found, DomainError):
        raise found
    return found


def first_answers(conn: Connection, commands: Sequence[Command]) -> dict[int, Outcome | DomainError]:
    """Return the stored answer or the error of each used key, by its place."""
    keyed = {place: one for place, one in enumerate(commands) if one.key is not None}
    if not keyed:
        return {}
    held = _held(conn, keyed)
    found: dict[int, Outcome | DomainError] = {place: StillRunning() for place in keyed if place not in held}
    rows = {(row.actor, row.key): row for row in _kept(conn, list(keyed.values()))}
    for place, one in keyed.items():
        if place not in found and (row := rows.get((one.sender, one.key))) is not None:
            found[place] = _answer_of(row, one)
    return found


def _kept(conn: Connection, commands: Sequence[Command]) -> CursorResult[Any]:
    """Return what is stored under their keys; each is looked up in the index."""
    senders, keys = [one.sender for one in commands], [one.key for one in commands]
    if is_sqlite(conn):
        pairs = list(zip(senders, keys, strict=True))
        return conn.execute(_KEPT_SQLITE, {"pairs": orjson.dumps(pairs).decode()})
    return conn.execute(_KEPT_POSTGRES, {"actors": senders, "keys": keys})


def _answer_of(row: Any, command: Command) -> Outcome | DomainError:
    # a version before 0.1 stored fingerprints without a salt
    if row.fingerprint not in (command.fingerprint, _salted(command.fingerprint, row.fingerprint[:_SALT])):
        return KeyReused()
    content = orjson.loads(row.body)
    if row.status >= 400:
        return ReplayedRefusal(content)
    etag = row.headers.get("etag")
    return Outcome(
        content,
        created=row.status == 201,
        proposed=row.status == 202,
        version=int(etag.strip('"')) if etag else None,
        parts=row.headers.get("parts", 0),
        location=row.headers.get("location"),
        replayed=True,
    )


def _lock_of(command: Command) -> int:
    return lock_number(f"{command.sender}\n{command.key}")


def lock_number(name: str) -> int:
    """Return the number of PostgreSQL's advisory lock of that name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def keys_free(*, sqlite: bool) -> ColumnElement[bool]:
    """Whether no other process uses any of the keys of `locks_of`; locked until the transaction ends."""
    if sqlite:  # one writes at a time
        return true()
    locks = func.unnest(bindparam("locks", type_=ARRAY(BigInteger))).column_valued("lock")
    return select(func.coalesce(func.bool_and(func.pg_try_advisory_xact_lock(locks)), true())).scalar_subquery()


def locks_of(commands: Sequence[Command]) -> dict[str, Any]:
    """Return the locks of their keys, as the one parameter of `keys_free`."""
    return {"locks": [_lock_of(one) for one in commands if one.key is not None]}


def _held(conn: Connection, keyed: Mapping[int, Command]) -> set[int]:
    """Return the places of the keys that could be locked until the transaction ends; SQLite has one writer."""
    if is_sqlite(conn) or not keyed:
        return set(keyed)
    locks = {place: _lock_of(one) for place, one in keyed.items()}
    statement = "SELECT id, pg_try_advisory_xact_lock(id) FROM unnest(%s::bigint[]) AS id"
    taken = {row[0]: row[1] for row in conn.exec_driver_sql(statement, (list(locks.values()),))}
    return {place for place, lock in locks.items() if taken[lock]}


def store_answers(conn: Connection, answers: Sequence[FirstAnswer]) -> None:
    """Stores the answers to commands with idempotency keys."""
    write_row_sets(conn, [answer_rows(answers)])


def answer_rows(answers: Sequence[FirstAnswer]) -> RowSet:
    """Return the rows that store the answers, in the order of their keys, so that two transactions cannot
    deadlock.
    """
    rows = [
        (
            command.sender,
            command.key,
            _salted(command.fingerprint, secrets.token_hex(_SALT // 2)),
            *_stored(command, answer, now),
        )
        for command, now, answer in answers
        if command.key is not None
    ]
    return RowSet(tables.idempotency, _COLUMNS, sorted(rows, key=itemgetter(0, 1)))


def _stored(command: Command, answer: Outcome | DomainError, now: datetime) -> tuple[Any, ...]:
    if isinstance(answer, DomainError):
        body = orjson.dumps(answer.as_problem(command.path))
        return answer.status, {"content-type": _PROBLEM}, now, body
    tag = None if answer.version is None else f'"{answer.version}"'  # in a form that earlier versions read
    headers = {"content-type": _JSON, "location": answer.location, "etag": tag, "parts": answer.parts or None}
    kept = {name: value for name, value in headers.items() if value is not None}
    return answer.status, kept, now, answer.body


def is_replayed(error: Exception, command: Command) -> bool:
    """Whether a refusal is stored under the command's key."""
    return command.key is not None and isinstance(error, DomainError) and error.kind in REPLAYED_REFUSALS


@contextmanager
def not_running_twice(service: Service, command: Command) -> Iterator[None]:
    """Refuse a key whose command is running in this process. Raises StillRunning."""
    if command.key is None:
        yield
        return
    mine, running = (command.sender, command.key), object()
    if service.running_keys.setdefault(mine, running) is not running:
        raise StillRunning
    try:
        yield
    finally:
        del service.running_keys[mine]
