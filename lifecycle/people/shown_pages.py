"""Answers to forms, stored for "back" and "forward" as long as the session, encrypted with the browser's secret.

Only a session's newest pages are kept. Without the browser's secret nobody can read them, here or in a backup.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from lifecycle.people.sessions import LASTS
from lifecycle.people.tokens import token_hash
from lifecycle.records import tables

MOST = 30  # pages of a session
_table = tables.shown_page.c


def keep_page(conn: Connection, key: str, secret: str, sealed: bytes, now: datetime) -> None:
    """Store a page under a key. Deletes expired pages, and the session's oldest beyond MOST."""
    mine = token_hash(secret)
    newest = select(_table.hash).where(_table.session == mine).order_by(_table.expires_at.desc()).limit(MOST - 1)
    kept = conn.execute(newest).scalars().all()
    conn.execute(delete(tables.shown_page).where(_table.session == mine, _table.hash.not_in(kept)))
    conn.execute(delete(tables.shown_page).where(_table.expires_at <= now))
    row = {"hash": token_hash(key), "session": mine, "page": sealed, "expires_at": now + LASTS}
    conn.execute(insert(tables.shown_page), row)


def kept_page(conn: Connection, key: str, now: datetime) -> bytes | None:
    """Return the encrypted page under a key, None if there is none."""
    wanted = select(_table.page).where(_table.hash == token_hash(key), _table.expires_at > now)
    return conn.execute(wanted).scalar_one_or_none()


def forget_pages(conn: Connection, secret: str) -> None:
    """Delete the pages of a session that ends."""
    conn.execute(delete(tables.shown_page).where(_table.session == token_hash(secret)))


def forget_every_page(conn: Connection) -> None:
    """Delete the pages of all sessions: it is unknown which of them contain data to erase."""
    conn.execute(delete(tables.shown_page))
