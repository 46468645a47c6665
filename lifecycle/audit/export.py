"""Exports of the history: all of it for the verifier, or some rows, each with a proof that the sealed log contains
it. A full export contains the log's rows in order, then pending rows, then the state of every subject, all of one
moment. Lines of rows are `{"hash":…,"row":…}`; the row is exactly the hashed bytes. The log only grows, so its
rows are read part by part, and no transaction waits for the reader.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from tempfile import TemporaryFile
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, func, select

from lifecycle.audit import merkle
from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.countersigned import with_cosignatures
from lifecycle.audit.export_filter import ExportFilter as ExportFilter
from lifecycle.audit.export_filter import which_rows
from lifecycle.audit.export_format import FORMAT, WITH_GAPS
from lifecycle.audit.log import log_end, read_at, read_log
from lifecycle.audit.log_tree import LogTree
from lifecycle.audit.succession import log_state
from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite, reading

CHUNK = 10_000  # rows read, packed and written at a time
STREAMED = 1_000  # rows with proofs read at a time
PLACES = 1_000_000  # indices of the filtered rows, eight bytes each
Piece = tuple[int, bytes]  # a number of rows, and their lines
ExportProgress = Callable[[int], object]
_HISTORY, _LOG, _OUTBOX = tables.history.c, tables.log.c, tables.outbox.c
_LOGGED = (_HISTORY.subject_id == _LOG.subject_id) & (_HISTORY.seq == _LOG.seq)
_WAITING = (
    select(_HISTORY.hash, _HISTORY.payload)
    .join(tables.outbox, (_HISTORY.subject_id == _OUTBOX.subject_id) & (_HISTORY.seq == _OUTBOX.seq))
    .order_by(_OUTBOX.id)
)


def whole(engine: Engine, done: int, chunk: int) -> Iterator[Piece]:
    """Return everything after the header and a number of log rows, in pieces of at most `chunk` rows.

    The end is of one moment: it is written to an anonymous temporary file and then read from it.
    """
    rows = chunk
    while rows == chunk:
        with reading(engine) as conn:
            found = read_log(conn, done - 1, chunk, archived_too=True)
        rows = len(found)
        if rows:
            yield rows, _packed(found)
        done += rows
    with TemporaryFile() as file:
        with one_moment(engine) as conn:
            sizes = [(rows, file.write(piece)) for rows, piece in _end(conn, done, chunk)]
        file.seek(0)
        for rows, size in sizes:
            yield rows, file.read(size)


def states(conn: Connection) -> Iterator[dict[str, Any]]:
    """Return every subject with the state in its row."""
    for kind, table in tables.SUBJECTS.items():
        found = select(table.c.id, table.c.state, table.c.seq, table.c.head_hash).order_by(table.c.id)
        for row in conn.execute(found.execution_options(yield_per=CHUNK)):
            yield {"hash": row.head_hash, "kind": kind, "seq": row.seq, "state": row.state, "subject": row.id}
    if (log := log_state(conn)) is not None:
        yield log


def prove(engine: Engine, wanted: ExportFilter, size: int | None = None, after: int = -1) -> Iterator[Piece]:
    """Return the lines of an export of some rows, each with its proof, up to the newest checkpoint or that of a
    size. after: the index of the last row that the reader has; then there is no header. Raises Unreadable if there
    is no such checkpoint.
    """
    with reading(engine) as conn:
        newest, header = export_header(conn, wanted, size)
        done = count_rows(conn, wanted, min(after + 1, newest))
    if after < 0:
        yield 0, header
    for places in chosen(engine, wanted, newest, after):
        with reading(engine) as conn:
            piece = _proved(conn, places, newest)
        yield len(places), piece
        done += len(places)
    yield 0, _line({"end": {"rows": done}})


def export_header(conn: Connection, wanted: ExportFilter, size: int | None) -> tuple[int, bytes]:
    """Return the size of the proofs, the newest or a given one, and the header line. Raises Unreadable."""
    table = tables.checkpoint
    one = select(table.c.size, table.c.note).order_by(table.c.size.desc()).limit(1)
    found = conn.execute(one if size is None else one.where(table.c.size == size)).first()
    if found is None:
        raise Unreadable("no checkpoint is signed yet" if size is None else f"no checkpoint is of {size} rows")
    note = with_cosignatures(conn, {found.size: found.note})[found.size]
    return found.size, _line({"checkpoint": note, "export": FORMAT, "filter": wanted.said()})


def count_rows(conn: Connection, wanted: ExportFilter, before: int | None = None) -> int:
    """Return how many filtered rows the log has, below an index or in all; unfiltered also pending rows."""
    if wanted == ExportFilter() and before is None:
        return sum(
            int(conn.execute(select(func.count()).select_from(table)).scalar_one())
            for table in (tables.log, tables.outbox)
        )
    asked = which_rows(select(func.count()).select_from(tables.log), wanted, terms=True)
    return int(conn.execute(asked if before is None else asked.where(_LOG.idx < before)).scalar_one())


def chosen(
    engine: Engine, wanted: ExportFilter, before: int | None = None, after: int = -1, *, terms: bool = True
) -> Iterator[Sequence[int]]:
    """Return the indices of the filtered rows, in order, STREAMED at a time, above and below an index. terms:
    whether to include the editions of the terms.
    """
    with reading(engine) as conn:
        before = log_end(conn) + 1 if before is None else before
    asked = which_rows(select(_LOG.idx), wanted, terms=terms).order_by(_LOG.idx)
    asked = asked.limit(PLACES).execution_options(yield_per=CHUNK)
    more = True
    while more:
        with reading(engine) as conn:
            found = array("q", conn.execute(asked.where(_LOG.idx > after, _LOG.idx < before)).scalars())
        for first in range(0, len(found), STREAMED):
            yield found[first : first + STREAMED]
        more = len(found) == PLACES
        after = found[-1] if more else after


def _proved(conn: Connection, places: Sequence[int], size: int) -> bytes:
    tree, lines = LogTree(conn), []
    for row in read_at(conn, places):
        path = [step.hex() for step in merkle.inclusion(tree.subtree, row.idx, size)]
        said = orjson.dumps({"hash": row.hash, "index": row.idx, "proof": path})
        lines.append(b'%s,"row":%s}\n' % (said[:-1], row.payload.encode()))
    return b"".join(lines)


def _end(conn: Connection, done: int, chunk: int) -> Iterator[Piece]:
    """Return the rows added to the log meanwhile, the pending rows, the states, the last line."""
    while more := read_log(conn, done - 1, chunk, archived_too=True):
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
    return b"".join([_row_line(row) for row in rows])


def _row_line(row: Any) -> bytes:
    if row.payload is None:  # archived: its place and its hash are all that is left
        return _line({"archived": {"seq": row.seq, "subject": row.subject_id}, "hash": row.hash})
    return b'{"hash":"%s","row":%s}\n' % (row.hash.encode(), row.payload.encode())


def _line(said: dict[str, Any]) -> bytes:
    return orjson.dumps(said) + b"\n"


HEADERS = {gaps: _line({"export": WITH_GAPS if gaps else FORMAT, "filter": None}) for gaps in (False, True)}


def whole_header(engine: Engine) -> bytes:
    """The first line of an export of everything."""
    with reading(engine) as conn:
        return HEADERS[conn.execute(select(tables.archived.c.seq).limit(1)).first() is not None]


@contextmanager
def one_moment(engine: Engine) -> Iterator[Connection]:
    """A transaction in which everything read is of one moment."""
    if is_sqlite(engine):
        with reading(engine) as conn:
            yield conn
    else:
        repeatable = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with repeatable.connect() as conn, conn.begin():
            yield conn
