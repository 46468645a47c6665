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

PREFIX = "lc_"  # lets secret scanners recognise a token
ROLES = ("order_desk", "operator", "auditor", "viewer", "admin")
PERSONAL_DATA = "personal_data"  # the grant to see customers' data, for roles that do not work with it
CALENDAR = "calendar"  # the grant to read the calendar by a token in its address, and nothing else
GRANTS = (*ROLES, PERSONAL_DATA, CALENDAR)
OF = "@"  # in a stored grant before the service that it is limited to: a version that cannot read it opens nothing
PERSON = "person:"  # begins the names of those who sign in without a token
ADMINISTRATOR = "admin"  # whose token is the environment's
SHORTEST, FEWEST = 16, 8  # characters of a token that somebody chose, and different ones among them
RESERVED = ("clock", ADMINISTRATOR)  # actors of the history that are no holders of a token here

COLUMNS = tuple(tables.token.c[name] for name in ("hash", "name", "roles", "expires_at", "revoked_at"))
_TOKENS = select(*map(undecoded, COLUMNS))


class NameTaken(DomainError):
    """The name is or was somebody's: the history names people by it."""

    kind, title = "name-taken", "The name is taken"

    @property
    def detail(self) -> str:
        """Why, as a sentence."""
        return f"{self}."


class AlreadyExpired(Malformed):
    """The token would open nothing from the first."""

    def __init__(self) -> None:
        super().__init__([("/expires_on", "is over already")])

    def __str__(self) -> str:
        return "its last day is over already"


class NoSuchToken(DomainError):
    """No token bears that name."""

    status, kind, title = 404, "unknown", "Not found"

    @property
    def detail(self) -> str:
        """Without the name, which may be anything."""
        return "There is no token of that name."


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Whom a token belongs to. grants: of GRANTS, with the service that they are limited to."""

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
    """Makes a token and returns it, the only time it can be seen.

    expires_at: the first instant at which it no longer opens anything. by: who made it. service: to whose
    contracts it is limited, None for all.
    Raises NameTaken, AlreadyExpired, and ValueError for a grant that is none.
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
    """Grants as they are stored, limited to a service, None for all."""
    return [grant if service is None else f"{grant}{OF}{service}" for grant in grants]


def is_grant(text: str) -> bool:
    """Whether a text is a grant, limited to a service that is loaded or to none."""
    grant, limit, service = text.partition(OF)
    return grant in GRANTS and (not limit or service in SERVICES)


def split_grants(stored: Iterable[str]) -> tuple[frozenset[str], frozenset[str] | None]:
    """Grants without their limits, and the services that they are limited to, None for all.

    Whoever holds one grant that is limited is limited with all of them.
    """
    pairs = [one.partition(OF) for one in stored]
    services = frozenset(service for _, _, service in pairs if service)
    return frozenset(grant for grant, _, _ in pairs), services or None


def revoke_token(conn: Connection, name: str, now: datetime, *, by: str, reason: str) -> None:
    """Shuts a token out from now on; a second time changes nothing. Raises NoSuchToken."""
    table = tables.token.c
    if not conn.execute(select(table.hash).where(table.name == name)).first():
        raise NoSuchToken(f"there is no token named {name}")
    conn.execute(
        update(tables.token)
        .where(table.name == name, table.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=by, revoked_because=reason)
    )


def is_revoked(conn: Connection, name: str) -> bool:
    """Whether the token of that name was revoked."""
    table = tables.token.c
    return (
        conn.execute(select(table.hash).where(table.name == name, table.revoked_at.isnot(None))).first()
        is not None
    )


def holders_of(conn: Connection, hashes: Set[str], now: datetime) -> dict[str, TokenHolder]:
    """Who holds the tokens of these hashes, by hash; none for what is not ours, has expired or was revoked."""
    return holders_in(any_of(conn, _TOKENS, tables.token.c.hash, list(hashes)), conn.dialect, now)


def holders_in(rows: Iterable[Sequence[Any]], dialect: Dialect, now: datetime) -> dict[str, TokenHolder]:
    """The same from rows as the driver gives them, columns as in COLUMNS."""
    how = decoders(COLUMNS, dialect)
    return {
        hashed: TokenHolder(name, frozenset(roles))
        for hashed, name, roles, expires_at, revoked_at in (decoded(row, how) for row in rows)
        if revoked_at is None and (expires_at is None or expires_at > now)
    }


def list_tokens(conn: Connection) -> list[dict[str, Any]]:
    """Every token there is or was, by name, without its hash."""
    shown = [column for column in tables.token.c if column.name != "hash"]
    return [dict(row._mapping) for row in conn.execute(select(*shown).order_by(tables.token.c.name))]


def any_token(conn: Connection) -> bool:
    """Whether a token exists at all."""
    return conn.execute(select(tables.token.c.hash).limit(1)).first() is not None


def weakness(token: str) -> str | None:
    """Why a token that somebody chose can be guessed, None where it hardly can."""
    if len(token) < SHORTEST:
        return f"has fewer than {SHORTEST} characters"
    if len(set(token)) < FEWEST:
        return f"has fewer than {FEWEST} different characters"
    return None


def token_hash(token: str) -> str:
    """SHA-256 in hexadecimal; tokens hold 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
