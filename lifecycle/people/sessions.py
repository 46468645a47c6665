"""Sessions, sign-in links and OpenID Connect sign-ins: secrets that are stored as hashes and expire."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from lifecycle.history.operations_log import END_SESSIONS, Note, note
from lifecycle.people.tokens import ADMINISTRATOR, token_hash
from lifecycle.records import tables

LASTS = timedelta(hours=12)
LINK_LASTS = timedelta(minutes=15)
ASKING_LASTS = timedelta(minutes=10)
_table = tables.session.c
_WITH_TOKENS = tables.session.outerjoin(tables.token, tables.token.c.hash == _table.token_hash)
# The session's own name, its token's, or the name of the administrator, whose token is not stored.
_name = func.coalesce(_table.name, tables.token.c.name, ADMINISTRATOR)


def open_session(
    conn: Connection, now: datetime, *, token: str | None = None, name: str | None = None,
    roles: Sequence[str] = (),
) -> str:  # fmt: skip
    """Open a session for the holder of a token, or for a named person. Returns its secret. Deletes expired
    sessions.
    """
    conn.execute(delete(tables.session).where(_table.expires_at <= now))
    return _open(conn, "session", now + LASTS, token_hash(token) if token else None, name, roles)


def make_link(conn: Connection, now: datetime, token_hash: str) -> str:
    """Return the secret of a link that signs in a token's holder, once and within a short time."""
    return _open(conn, "link", now + LINK_LASTS, token_hash, None, ())


def use_link(conn: Connection, secret: str, now: datetime) -> str | None:
    """Exchange a link's secret for that of a new session. Returns None if it is unknown, used or expired."""
    mine = (_table.hash == token_hash(secret), _table.kind == "link", _table.expires_at > now)
    found = conn.execute(delete(tables.session).where(*mine).returning(_table.token_hash)).scalar_one_or_none()
    return None if found is None else _open(conn, "session", now + LASTS, found, None, ())


def begin_sign_in(conn: Connection, now: datetime) -> str:
    """Return the secret of a sign-in at an OpenID Connect provider. Deletes expired ones."""
    conn.execute(delete(tables.session).where(_table.expires_at <= now))
    return _open(conn, "asking", now + ASKING_LASTS, None, None, ())


def end_sign_in(conn: Connection, secret: str, now: datetime) -> bool:
    """Whether the sign-in was begun and has not expired. It can be ended only once."""
    mine = (_table.hash == token_hash(secret), _table.kind == "asking", _table.expires_at > now)
    return conn.execute(delete(tables.session).where(*mine)).rowcount == 1


def session_of(conn: Connection, secret: str, now: datetime) -> tuple[str | None, str | None, list[str]] | None:
    """Return an open session: the hash of its token or None, else name and roles. None if there is no such
    session.
    """
    statement = select(_table.token_hash, _table.name, _table.roles).where(
        _table.hash == token_hash(secret), _table.kind == "session", _table.expires_at > now
    )
    row = conn.execute(statement).one_or_none()
    return (row.token_hash, row.name, row.roles or []) if row else None


def close_session(conn: Connection, secret: str) -> None:
    """End a session."""
    conn.execute(delete(tables.session).where(_table.hash == token_hash(secret)))


def list_signed_in(conn: Connection, now: datetime) -> list[tuple[str, int, datetime]]:
    """Return who has open sessions, by name: how many, and when the last one expires."""
    alive = (_table.kind == "session", _table.expires_at > now)
    found = select(_name, func.count(), func.max(_table.expires_at)).select_from(_WITH_TOKENS).where(*alive)
    return [(row[0], row[1], row[2]) for row in conn.execute(found.group_by(_name).order_by(_name))]


def end_sessions(conn: Connection, name: str, by: str, reason: str, now: datetime) -> int:
    """End every session of a person, and the links that would open one. Returns the number. The logbook records it
    if there are any.
    """
    theirs = (
        select(_table.hash).select_from(_WITH_TOKENS).where(_name == name, _table.kind.in_(("session", "link")))
    )
    number = conn.execute(delete(tables.session).where(_table.hash.in_(theirs))).rowcount
    if number:
        note(conn, Note(now, END_SESSIONS, by, f"{name}: {reason}"))
    return number


def _open(
    conn: Connection, kind: str, expires_at: datetime, token: str | None, name: str | None, roles: Sequence[str]
) -> str:
    secret = secrets.token_urlsafe(32)
    row = {
        "hash": token_hash(secret), "kind": kind, "token_hash": token, "name": name,
        "roles": list(roles) or None, "expires_at": expires_at,
    }  # fmt: skip
    conn.execute(insert(tables.session), row)
    return secret
