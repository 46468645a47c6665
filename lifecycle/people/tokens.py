"""Access tokens: random, stored only as a hash, named, expiring, revocable."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Dialect, insert, select, update

from lifecycle.errors import DomainError, Malformed
from lifecycle.records import tables
from lifecycle.records.any_of import any_of
from lifecycle.records.compiled import decoded, decoders, undecoded
from lifecycle.terms.editions import SERVICES

PREFIX = "lc_"  # so that secret scanners recognise a token
ROLES = ("order_desk", "operator", "auditor", "viewer", "admin")
PERSONAL_DATA = "personal_data"  # grants customers' data to roles that do not need it for their work
CALENDAR = "calendar"  # grants only the calendar, by a token in its address
GRANTS = (*ROLES, PERSONAL_DATA, CALENDAR)
OF = "@"  # in a stored grant before its service; an older version refuses such a grant
PERSON = "person:"  # prefix of the names of people who sign in without a token
ADMINISTRATOR = "admin"  # the holder of the token in the environment
SHORTEST, FEWEST = 16, 8  # minimum characters of a chosen token, and different ones
RESERVED = ("clock", ADMINISTRATOR)  # actors of the history without a token

COLUMNS = tuple(tables.token.c[name] for name in ("hash", "name", "roles", "expires_at", "revoked_at"))
_TOKENS = select(*map(undecoded, COLUMNS))


class NameTaken(DomainError):
    """The name is or was in use: the history identifies people by it."""

    kind, title = "name-taken", "The name is taken"

    @property
    def detail(self) -> str:
        """Return the reason as a sentence."""
        return f"{self}."


class AlreadyExpired(Malformed):
    """The token would be expired from the start."""

    def __init__(self) -> None:
        super().__init__([("/expires_on", "is over already")])

    def __str__(self) -> str:
        return "its last day is over already"


class NoSuchToken(DomainError):
    """There is no token with this name."""

    status, kind, title = 404, "unknown", "Not found"

    @property
    def detail(self) -> str:
        """Return the reason without the name, which may be any text."""
        return "There is no token of that name."


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """The holder of a token. grants: of GRANTS, with the service that they are limited to."""

    name: str
    grants: frozenset[str]


def issue_token(
    conn: Connection,
    name: str,
    grants: Sequence[str],
    now: datetime,
    *,
    expires_at: datetime | None = None,
    by: str | None = None,
    service: str | None = None,
) -> str:
    """Return a new token, which is shown only here.

    expires_at: the first instant at which it is no longer valid. by: who creates it. service: limits it to this
    service's contracts, None for all.

    Raises NameTaken, AlreadyExpired, and ValueError for an unknown grant.
    """
    if unknown := set(grants) - set(GRANTS):
        raise ValueError(f"no such role: {', '.join(sorted(unknown))}")
    if expires_at is not None and expires_at <= now:
        raise AlreadyExpired
    taken = conn.execute(select(tables.token.c.hash).where(tables.token.c.name == name)).first()
    if taken:
        raise NameTaken(f"there is a token named {name} already")
    if name in RESERVED:
        raise NameTaken(f"the name {name} is reserved: in the history it is nobody's who holds a token from here")
    if name.startswith(PERSON):
        raise NameTaken(f"names that begin with {PERSON} are for people who sign in without a token")
    token = PREFIX + secrets.token_urlsafe(32)
    row = {
        "hash": token_hash(token), "name": name, "roles": limited(grants, service), "created_at": now,
        "created_by": by, "expires_at": expires_at,
    }  # fmt: skip
    conn.execute(insert(tables.token), row)
    return token


def limited(grants: Iterable[str], service: str | None) -> list[str]:
    """Return grants in their stored form, limited to a service, None for all."""
    return [grant if service is None else f"{grant}{OF}{service}" for grant in grants]


def is_grant(text: str) -> bool:
    """Whether a text is a grant without a limit, or limited to a loaded service."""
    grant, limit, service = text.partition(OF)
    return grant in GRANTS and (not limit or service in SERVICES)


def split_grants(stored: Iterable[str]) -> tuple[frozenset[str], frozenset[str] | None]:
    """Return grants without their limits, and the services that they are limited to, None for all.

    One limited grant limits all grants of its holder.
    """
    pairs = [one.partition(OF) for one in stored]
    services = frozenset(service for _, _, service in pairs if service)
    return frozenset(grant for grant, _, _ in pairs), services or None


def revoke_token(conn: Connection, name: str, now: datetime, *, by: str, reason: str) -> None:
    """Revoke a token. Has no effect the second time. Raises NoSuchToken."""
    table = tables.token.c
    if not conn.execute(select(table.hash).where(table.name == name)).first():
        raise NoSuchToken(f"there is no token named {name}")
    conn.execute(
        update(tables.token)
        .where(table.name == name, table.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=by, revoked_because=reason)
    )


def is_revoked(conn: Connection, name: str) -> bool:
    """Whether the token of this name is revoked."""
    table = tables.token.c
    return (
        conn.execute(select(table.hash).where(table.name == name, table.revoked_at.isnot(None))).first()
        is not None
    )


def holders_of(conn: Connection, hashes: Set[str], now: datetime) -> dict[str, TokenHolder]:
    """Return the holders of tokens by hash, without unknown, expired and revoked tokens."""
    return holders_in(any_of(conn, _TOKENS, tables.token.c.hash, list(hashes)), conn.dialect, now)


def holders_in(rows: Iterable[Sequence[Any]], dialect: Dialect, now: datetime) -> dict[str, TokenHolder]:
    """Return the same from the driver's rows, with the columns of COLUMNS."""
    how = decoders(COLUMNS, dialect)
    return {
        hashed: TokenHolder(name, frozenset(roles))
        for hashed, name, roles, expires_at, revoked_at in (decoded(row, how) for row in rows)
        if revoked_at is None and (expires_at is None or expires_at > now)
    }


def list_tokens(conn: Connection) -> list[dict[str, Any]]:
    """Return all tokens, revoked and expired ones too, by name and without hashes."""
    shown = [column for column in tables.token.c if column.name != "hash"]
    return [dict(row._mapping) for row in conn.execute(select(*shown).order_by(tables.token.c.name))]


def any_token(conn: Connection) -> bool:
    """Whether any token exists."""
    return conn.execute(select(tables.token.c.hash).limit(1)).first() is not None


def weakness(token: str) -> str | None:
    """Return why a chosen token is easy to guess, None if it is not."""
    if len(token) < SHORTEST:
        return f"has fewer than {SHORTEST} characters"
    if len(set(token)) < FEWEST:
        return f"has fewer than {FEWEST} different characters"
    return None


def token_hash(token: str) -> str:
    """Return the SHA-256 in hexadecimal. A token has 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
