"""Sealing: what is pending goes into the log, and a signed checkpoint of the log goes out of the house.

One sealer at a time, by a locked row on a connection of its own. It only ever extends: a log that does not
begin with what was signed before, by the database or by the files outside of it, is not signed again.
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
from lifecycle.audit.log import SEALING, is_my_turn, take_all
from lifecycle.audit.log_tree import LogTree
from lifecycle.audit.signed_before import (
    Fork,
    is_told,
    keys_of,
    must_be_its_turn,
    must_extend,
    newest_inside,
    newest_outside,
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
    """How the log is sealed. key: None where nothing is signed. directory, url: where checkpoints are sent."""

    key: SigningKey | None = None
    directory: Path | None = None
    url: str | None = None


NO_SEALS = Seals()


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a sealing did.

    rows: how many it took into the log. checkpoint: the newest one, None where there is none. refused: why
    nothing was signed. unposted: why the newest was not posted; it is tried again with the next sealing.
    busy: another sealer was at work, so nothing was done.
    """

    rows: int = 0
    checkpoint: Checkpoint | None = None
    refused: str | None = None
    unposted: str | None = None
    busy: bool = False


def seal(engine: Engine, now: datetime, seals: Seals) -> Sealed:
    """Moves pending rows to the log, signs its size and root if it has grown, and publishes the checkpoint.

    Raises what the database raises; a directory or an address that fails is told in what comes back.
    """
    with _alone(engine) as mine:
        if not mine:
            return Sealed(busy=True)
        sealed = Sealed(take_all(engine))
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
    """Signed checkpoints of more than `after` rows, in order: size, note with cosignatures, when it was signed."""
    table = tables.checkpoint
    found = select(table.c.size, table.c.note, table.c.sealed_at).where(table.c.size > after)
    rows = conn.execute(found.order_by(table.c.size).limit(limit)).all()
    notes = with_cosignatures(conn, {row.size: row.note for row in rows})
    return [(row.size, notes[row.size], row.sealed_at) for row in rows]


def write_out(directory: Path, size: int, note: str) -> Path:
    """Writes a checkpoint into a directory, whole or not at all; one that is there already stays. Its path.

    A note with more cosignatures takes its place. Another key may have signed that many rows before, of a log that
    was lost: both stay.
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
            os.fsync(file.fileno())  # before it bears its name: half a checkpoint would stop all sealing
        unfinished.replace(path)
    return path


def _sign(engine: Engine, now: datetime, seals: Seals, key: SigningKey) -> Checkpoint | None:
    """Signs the log as it is, unless it is signed already. Raises Fork, Forged, Unreadable, OSError."""
    with reading(engine) as conn:
        tree, found = LogTree(conn), sign_ons(conn)
        size, keys = tree.size(), keys_of(key.public, found)
        must_be_its_turn(key.public, found)
        outside = newest_outside(seals.directory, keys, found) if seals.directory else []
        inside = newest_inside(conn, keys)
        for one in inside.values():
            must_extend(tree, size, one, "the database", found)
        for one in outside:
            must_extend(tree, size, one, str(seals.directory), found)
        root = tree.root(size)
        extended = [one.size for one in outside if not is_told(one, found)]
        missing = list_checkpoints(conn, max([-1, *extended])) if seals.directory else []
        mine = inside.get(key.name)
        taken = conn.execute(select(tables.checkpoint.c.size).where(tables.checkpoint.c.size == size)).first()
    for old_size, old_note, _ in missing:
        assert seals.directory is not None
        write_out(seals.directory, old_size, old_note)
    if size == 0 or taken is not None:  # by this key, or by an earlier one over rows that were lost
        return mine
    note = key.seal(size, root)
    if seals.directory:  # first, so that nothing is signed that is known to the database alone
        write_out(seals.directory, size, note)
    with writing(engine) as conn:
        conn.execute(insert(tables.checkpoint), {"size": size, "note": note, "sealed_at": now})
    return Checkpoint(key.name, size, root)


def _post(engine: Engine, seals: Seals, sealed: Sealed) -> tuple[Sealed, int]:
    """Posts the newest checkpoint where it has not been posted; what came of it, and the size that was."""
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
    """Keeps how the sealing stands, for whoever asks in another process."""
    said = {"refused": sealed.refused, "unposted": sealed.unposted, "posted": posted}
    with writing(engine) as conn:
        conn.execute(_KEPT, {"id": _ID, "sealed_at": now} | said)


@contextmanager
def _alone(engine: Engine) -> Iterator[bool]:
    """Whether this is the one sealer at work, until the block ends."""
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
        yield is_my_turn(conn, SEALING)
