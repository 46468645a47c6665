"""Exports of the history: all of it for the verifier, or some rows, each with a proof that the sealed log has it.

A full export has the log's rows in their order, then the rows not taken up yet, then the state of every subject,
all of one moment. Lines of rows are `{"hash":…,"row":…}`, the row being the very bytes that were hashed.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Select, func, select

from lifecycle.audit import merkle
from lifecycle.audit.chain import instant
from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.lines import FORMAT
from lifecycle.audit.log import read
from lifecycle.audit.log_tree import LogTree
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite, reading

CHUNK = 10_000  # rows read, packed and written at a time
STREAMED = 1_000  # rows with proofs read at a time
Progress = Callable[[int], object]
_HISTORY, _LOG, _PENDING = tables.history.c, tables.log.c, tables.pending.c
_LOGGED = (_HISTORY.subject_id == _LOG.subject_id) & (_HISTORY.seq == _LOG.seq)
_WAITING = (
    select(_HISTORY.hash, _HISTORY.payload)
    .join(tables.pending, (_HISTORY.subject_id == _PENDING.subject_id) & (_HISTORY.seq == _PENDING.seq))
    .order_by(_PENDING.id)
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows: of a contract and what hangs on it, of an event, by an actor, recorded in [since, until)."""

    contract: str | None = None
    event: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def said(self) -> dict[str, str]:
        """The filter as an export's header tells it."""
        named = {"contract": self.contract, "event": self.event, "actor": self.actor}
        named |= {"since": instant(self.since), "until": instant(self.until)}
        return {name: value for name, value in named.items() if value is not None}


def export(engine: Engine, out: Path, progress: Progress = lambda _: None) -> int:
    """Writes everything to a file, packed where its name ends in .gz; how many rows.

    What an interrupted export left in `out.part` is gone on with. progress: told of rows written, and of those
    found written. Raises OSError.
    """
    part = out.with_name(f"{out.name}.part")
    pack = gzip.compress if out.suffix == ".gz" else bytes
    done = _resume(engine, part, packed=out.suffix == ".gz")
    with part.open("ab") as file:
        if done is None:
            file.truncate(0)
            file.write(pack(HEADER))
            done = 0
        progress(done)
        for rows, piece in whole(engine, done):
            file.write(pack(piece))
            file.flush()
            progress(rows)
            done += rows
    part.replace(out)
    return done


def whole(engine: Engine, done: int = 0, chunk: int = CHUNK) -> Iterator[tuple[int, bytes]]:
    """Everything after the header and so many rows, in pieces of so many rows at most: how many rows, the lines.

    The log only grows, so each piece is read by itself; the end is of one moment.
    """
    rows = chunk
    while rows == chunk:
        with reading(engine) as conn:
            found = read(conn, done - 1, chunk)
        rows = len(found)
        if rows:
            yield rows, _packed(found)
        done += rows
    with _one_moment(engine) as conn:
        yield from _end(conn, done, chunk)


def count(conn: Connection) -> int:
    """How many rows an export of everything has."""
    return int(conn.execute(select(func.count()).select_from(tables.history)).scalar_one())


def states(conn: Connection) -> Iterator[dict[str, Any]]:
    """Every subject as its row says that it stands."""
    for kind, table in tables.SUBJECTS.items():
        found = select(table.c.id, table.c.state, table.c.seq, table.c.head_hash).order_by(table.c.id)
        for row in conn.execute(found.execution_options(yield_per=CHUNK)):
            yield {"hash": row.head_hash, "kind": kind, "seq": row.seq, "state": row.state, "subject": row.id}


def prove(conn: Connection, wanted: Filter, size: int | None = None) -> Iterator[bytes]:
    """The lines of an export of some rows, each with its proof, up to the newest checkpoint or that of a size.

    Raises Unreadable where there is no such checkpoint.
    """
    table = tables.checkpoint
    one = select(table.c.size, table.c.note).order_by(table.c.size.desc()).limit(1)
    found = conn.execute(one if size is None else one.where(table.c.size == size)).first()
    if found is None:
        raise Unreadable("no checkpoint is signed yet" if size is None else f"no checkpoint is of {size} rows")
    yield _line({"checkpoint": found.note, "export": FORMAT, "filter": wanted.said()})
    tree, number = LogTree(conn), 0
    for row in conn.execute(rows_of(wanted).where(_LOG.idx < found.size).execution_options(yield_per=STREAMED)):
        path = [step.hex() for step in merkle.inclusion(tree.subtree, row.idx, found.size)]
        said = orjson.dumps({"hash": row.hash, "index": row.idx, "proof": path})
        yield b'%s,"row":%s}\n' % (said[:-1], row.payload.encode())
        number += 1
    yield _line({"end": {"rows": number}})


def rows_of(wanted: Filter) -> Select[Any]:
    """Logged rows that a filter lets through, in the order of the log: idx, hash, payload."""
    found = select(_LOG.idx, _LOG.hash, _HISTORY.payload).join(tables.history, _LOGGED).order_by(_LOG.idx)
    named = {_HISTORY.contract_id: wanted.contract, _HISTORY.event: wanted.event, _HISTORY.actor: wanted.actor}
    for column, value in named.items():
        if value is not None:
            found = found.where(column == value)
    if wanted.since is not None:
        found = found.where(_HISTORY.recorded_at >= wanted.since)
    if wanted.until is not None:
        found = found.where(_HISTORY.recorded_at < wanted.until)
    return found


def _end(conn: Connection, done: int, chunk: int) -> Iterator[tuple[int, bytes]]:
    """What the log took up meanwhile, what still waits, the states, the last line."""
    while more := read(conn, done - 1, chunk):
        done += len(more)
        yield len(more), _packed(more)
    yield 0, _line({"log": done})
    for part in conn.execute(_WAITING.execution_options(yield_per=chunk)).partitions():
        done += len(part)
        yield len(part), _packed(part)
    subjects, found = 0, states(conn)
    while some := list(islice(found, chunk)):
        subjects += len(some)
        yield 0, b"".join([_line({"state": state}) for state in some])
    yield 0, _line({"end": {"rows": done, "subjects": subjects}})


def _packed(rows: Sequence[Any]) -> bytes:
    return b"".join([b'{"hash":"%s","row":%s}\n' % (row.hash.encode(), row.payload.encode()) for row in rows])


def _line(said: dict[str, Any]) -> bytes:
    return orjson.dumps(said) + b"\n"


HEADER = _line({"export": FORMAT, "filter": None})


@contextmanager
def _one_moment(engine: Engine) -> Iterator[Connection]:
    """A transaction in which everything read is of one moment."""
    if is_sqlite(engine):
        with reading(engine) as conn:
            yield conn
    else:
        repeatable = engine.execution_options(isolation_level="REPEATABLE READ")
        with repeatable.connect() as conn, conn.begin():
            yield conn


def _resume(engine: Engine, part: Path, *, packed: bool) -> int | None:
    """Cuts an unfinished export after its last whole row of the log; how many it has, None where useless."""
    if not part.exists():
        return None
    rows, kept, last = -1, 0, b""
    for end, text in _pieces(part, packed):
        lines = text.splitlines(keepends=True)
        if any(not line.startswith((b'{"hash":', b'{"export":')) or line[-1:] != b"\n" for line in lines):
            break
        rows, kept, last = rows + len(lines), end, lines[-1]
    with part.open("r+b") as file:
        file.truncate(kept)
    if rows < 1:
        return None if rows < 0 else 0
    with reading(engine) as conn:
        found = read(conn, rows - 2, 1)
    return rows if found and last.startswith(b'{"hash":"%s"' % found[0].hash.encode()) else None


def _pieces(part: Path, packed: bool) -> Iterator[tuple[int, bytes]]:
    """What was written: lines, or the text of whole gzip members; with where each ends in the file."""
    with part.open("rb") as file:
        if not packed:
            end = 0
            for line in file:
                yield (end := end + len(line)), line
            return
        unpacking, text, data = zlib.decompressobj(31), b"", b""
        while data := data or file.read(1 << 20):
            try:
                text += unpacking.decompress(data)
            except zlib.error:
                return
            data = unpacking.unused_data
            if unpacking.eof:
                yield file.tell() - len(data), text
                unpacking, text = zlib.decompressobj(31), b""
