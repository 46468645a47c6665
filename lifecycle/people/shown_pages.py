"""Pages that answered a form, kept for "back" and "forward", sealed by the browser's secret, as long as a session.

Only the newest of a session are kept. Without the browser's secret nobody can read them, here or in a backup.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from lifecycle.people.sessions import LASTS
from lifecycle.people.tokens import token_hash
from lifecycle.records import tables

MOST = 30  # of a session
_table = tables.shown_page.c


def keep_page(conn: Connection, key: str, secret: str, sealed: bytes, now: datetime) -> None:
    """Keeps a page under a key. Removes what has expired, and the session's oldest beyond MOST."""
    mine = token_hash(secret)
    newest = select(_table.hash).where(_table.session == mine).order_by(_table.expires_at.desc()).limit(MOST - 1)
    kept = conn.execute(newest).scalars().all()
    conn.execute(delete(tables.shown_page).where(_table.session == mine, _table.hash.not_in(kept)))
    conn.execute(delete(tables.shown_page).where(_table.expires_at <= now))
    row = {"hash": token_hash(key), "session": mine, "page": sealed, "expires_at": now + LASTS}
    conn.execute(insert(tables.shown_page), row)


def kept_page(conn: Connection, key: str, now: datetime) -> bytes | None:
    """The sealed page under a key, None where none is kept."""
    wanted = select(_table.page).where(_table.hash == token_hash(key), _table.expires_at > now)
    return conn.execute(wanted).scalar_one_or_none()


def forget_pages(conn: Connection, secret: str) -> None:
    """Removes those of a session that ends."""
    conn.execute(delete(tables.shown_page).where(_table.session == token_hash(secret)))


def forget_every_page(conn: Connection) -> None:
    """Removes those of all sessions: nobody can tell which of them show what is to be erased."""
    conn.execute(delete(tables.shown_page))
