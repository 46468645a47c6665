"""Tokens to come in with: random, kept only as a hash, named."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from lifecycle.records import tables

PREFIX = "lc_"  # lets secret scanners recognise a token
ROLES = ("admin",)


class NameTaken(ValueError):
    """A token of that name exists."""


def create_token(conn: Connection, name: str, roles: Sequence[str], now: datetime) -> str:
    """Makes a token and returns it, the only time it can be seen. Raises NameTaken."""
    if conn.execute(select(tables.token.c.hash).where(tables.token.c.name == name)).first():
        raise NameTaken(f"there is a token named {name} already")
    token = PREFIX + secrets.token_urlsafe(32)
    row = {"hash": token_hash(token), "name": name, "roles": list(roles), "created_at": now}
    conn.execute(insert(tables.token), row)
    return token


def holder_of(conn: Connection, token: str) -> tuple[str, list[str]] | None:
    """Name and roles of a token's holder, None for a token that is not ours."""
    return holder_by_hash(conn, token_hash(token))


def holder_by_hash(conn: Connection, hashed: str) -> tuple[str, list[str]] | None:
    """The same by the token's hash."""
    statement = select(tables.token.c.name, tables.token.c.roles)
    row = conn.execute(statement.where(tables.token.c.hash == hashed)).one_or_none()
    return (row.name, row.roles) if row else None


def any_token(conn: Connection) -> bool:
    """Whether a token exists at all."""
    return conn.execute(select(tables.token.c.hash).limit(1)).first() is not None


def first_token(conn: Connection) -> str | None:
    """The hash of the oldest token, None where there is none."""
    found: str | None = conn.execute(
        select(tables.token.c.hash).order_by(tables.token.c.created_at).limit(1)
    ).scalar_one_or_none()
    return found


def token_hash(token: str) -> str:
    """SHA-256 in hexadecimal; tokens hold 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
