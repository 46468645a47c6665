"""Sealing: pending rows move into the log, and a signed checkpoint of the log is published.

Only one sealer works at a time, by a locked row on a separate connection. It only extends: a log that does not
begin with the rows of an earlier checkpoint, in the database or in files outside of it, is not signed.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, Engine, bindparam, func, insert, select, text

from lifecycle.audit.checkpoint import Checkpoint, Forged, Unreadable
from lifecycle.audit.countersigned import with_cosignatures
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.log import SEALING, move_all_pending, try_sealer_lock
from lifecycle.audit.log_tree import LogTree
from lifecycle.audit.signed_before import (
    Fork,
    is_stated_in_log,
    keys_of,
    must_extend,
    newest_inside,
    newest_outside,
    refuse_replaced_key,
    sign_ons,
)
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite, reading, writing

_POST_TIMEOUT = 5.0  # seconds
_ID = 1
_here = threading.Lock()  # SQLite has one process: one sealer in it
_KEPT = text(
    "INSERT INTO sealing (id, sealed_at, refused, unposted, posted) "
    "VALUES (:id, :sealed_at, :refused, :unposted, :posted) ON CONFLICT (id) DO UPDATE SET "
    "sealed_at = excluded.sealed_at, refused = excluded.refused, unposted = excluded.unposted, "
    "posted = excluded.posted"
).bindparams(bindparam("sealed_at", type_=tables.sealing.c.sealed_at.type))


@dataclass(frozen=True, slots=True)
class Seals:
    """The settings of sealing. key: None if nothing is signed. directory, url: the targets of checkpoints."""

    key: SigningKey | None = None
    directory: Path | None = None
    url: str | None = None


NO_SEALS = Seals()


@dataclass(frozen=True, slots=True)
class Sealed:
    """The result of a sealing. rows: the number of rows moved into the log. checkpoint: the newest one, None for
    none. refused: why nothing was signed. unposted: why the newest was not posted; the next sealing retries. busy:
    another sealer was at work, so nothing was done.
    """

    rows: int = 0
    checkpoint: Checkpoint | None = None
    refused: str | None = None
    unposted: str | None = None
    busy: bool = False


def seal(engine: Engine, now: datetime, seals: Seals) -> Sealed:
    """Move pending rows to the log, sign its size and root if it has grown, and publish the checkpoint.

    Raises errors of the database; a failing directory or address is reported in the result.
    """
    with _alone(engine) as mine:
        if not mine:
            return Sealed(busy=True)
        sealed = Sealed(move_all_pending(engine))
        if seals.key is not None:
            try:
                sealed = replace(sealed, checkpoint=_sign(engine, now, seals, seals.key))
            except (Fork, Forged, Unreadable) as refusal:
                sealed = replace(sealed, refused=str(refusal))
            except OSError as error:
                sealed = replace(sealed, refused=f"{seals.directory} cannot be used: {error.strerror or error}")
        sealed, posted = _post(engine, seals, sealed)
        _note(engine, now, sealed, posted)
        return sealed


def list_checkpoints(
    conn: Connection, after: int = -1, limit: int | None = None
) -> list[tuple[int, str, datetime]]:
    """Return signed checkpoints of more than `after` rows, in order: size, note with cosignatures, time of
    signing.
    """
    table = tables.checkpoint
    found = select(table.c.size, table.c.note, table.c.sealed_at).where(table.c.size > after)
    rows = conn.execute(found.order_by(table.c.size).limit(limit)).all()
    notes = with_cosignatures(conn, {row.size: row.note for row in rows})
    return [(row.size, notes[row.size], row.sealed_at) for row in rows]


def write_out(directory: Path, size: int, note: str) -> Path:
    """Write a checkpoint into a directory atomically; return its path.

    An existing one stays, unless the new note has more cosignatures. If another key has signed that size, for a
    lost log, both stay.
    """
    path = directory / f"checkpoint-{size:012d}.txt"
    there = path.read_text("utf-8") if path.exists() else note
    if not there.startswith(note) and not note.startswith(there):
        path = directory / f"checkpoint-{size:012d}-{sha256(note.encode()).hexdigest()[:8]}.txt"
    if not path.exists() or (note.startswith(there) and note != there):
        unfinished = path.with_suffix(".part")
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())  # before the rename: a partial checkpoint would stop all sealing
        unfinished.replace(path)
    return path


def _sign(engine: Engine, now: datetime, seals: Seals, key: SigningKey) -> Checkpoint | None:
    """Sign the log unless it is signed already. Raises Fork, Forged, Unreadable, OSError."""
    with reading(engine) as conn:
        tree, found = LogTree(conn), sign_ons(conn)
        size, keys = tree.size(), keys_of(key.public, found)
        refuse_replaced_key(key.public, found)
        outside = newest_outside(seals.directory, keys, found) if seals.directory else []
        inside = newest_inside(conn, keys)
        for one in inside.values():
            must_extend(tree, size, one, "the database", found)
        for one in outside:
            must_extend(tree, size, one, str(seals.directory), found)
        root = tree.root(size)
        extended = [one.size for one in outside if not is_stated_in_log(one, found)]
        missing = list_checkpoints(conn, max([-1, *extended])) if seals.directory else []
        mine = inside.get(key.name)
        taken = conn.execute(select(tables.checkpoint.c.size).where(tables.checkpoint.c.size == size)).first()
    for old_size, old_note, _ in missing:
        assert seals.directory is not None
        write_out(seals.directory, old_size, old_note)
    if size == 0 or taken is not None:  # by this key, or by an earlier one over rows that were lost
        return mine
    note = key.seal(size, root)
    if seals.directory:  # first, so that no signed checkpoint exists only in the database
        write_out(seals.directory, size, note)
    with writing(engine) as conn:
        conn.execute(insert(tables.checkpoint), {"size": size, "note": note, "sealed_at": now})
    return Checkpoint(key.name, size, root)


def _post(engine: Engine, seals: Seals, sealed: Sealed) -> tuple[Sealed, int]:
    """Post the newest checkpoint to the addresses that lack it; return the result and its size."""
    if seals.url is None or sealed.checkpoint is None or sealed.refused:
        return sealed, 0
    size, table = sealed.checkpoint.size, tables.checkpoint
    with reading(engine) as conn:
        posted = conn.execute(select(func.coalesce(func.max(tables.sealing.c.posted), 0))).scalar_one()
        note = conn.execute(select(table.c.note).where(table.c.size == size)).scalar_one()
    if posted == size:
        return sealed, size
    import httpx2  # takes a while to load

    try:
        answer = httpx2.post(
            seals.url, content=note.encode(), headers={"Content-Type": "text/plain; charset=utf-8"},
            timeout=_POST_TIMEOUT,
        ).raise_for_status()  # fmt: skip
        answer.close()
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return replace(sealed, unposted=f"{type(error).__name__}: the checkpoint of {size} rows"), posted
    return sealed, size


def _note(engine: Engine, now: datetime, sealed: Sealed, posted: int) -> None:
    """Store the state of the sealing, for other processes."""
    said = {"refused": sealed.refused, "unposted": sealed.unposted, "posted": posted}
    with writing(engine) as conn:
        conn.execute(_KEPT, {"id": _ID, "sealed_at": now} | said)


@contextmanager
def _alone(engine: Engine) -> Iterator[bool]:
    """Whether this is the only sealer, until the block ends."""
    if is_sqlite(engine):
        mine = _here.acquire(blocking=False)
        try:
            yield mine
        finally:
            if mine:
                _here.release()
        return
    with engine.connect() as conn, conn.begin():
        conn.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")  # a long log takes longer
        yield try_sealer_lock(conn, SEALING)
