"""Exports as files, plain or gzip: written to a temporary file, and continued after an interruption."""

import gzip
import os
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import orjson
from sqlalchemy import Engine

from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.export import (
    CHUNK,
    ExportFilter,
    ExportProgress,
    Piece,
    export_header,
    prove,
    whole,
    whole_header,
)
from lifecycle.audit.log import read_log
from lifecycle.audit.verifier.gaps import GAP
from lifecycle.records.engine import reading

_WRITTEN = (b'{"hash":', GAP, b'{"export":', b'{"checkpoint":')  # how the lines begin that stay as they are
_PLACE = 200  # bytes of a line in which its hash stands


class Begun(NamedTuple):
    """What an interrupted export left: its first line, the number of rows, the last of them."""

    header: bytes
    rows: int
    last: bytes


def export_to_file(
    engine: Engine, out: Path, wanted: ExportFilter = ExportFilter(), size: int | None = None,
    progress: ExportProgress = lambda _: None,
) -> int:  # fmt: skip
    """Write everything to a file, or some rows with proofs, compressed if its name ends in .gz; return how many
    rows. An interrupted export in `out.part` continues, up to the checkpoint with which it began. size: of the
    checkpoint. progress: called with the numbers of rows written and found. Raises OSError; Unreadable if there is
    no such checkpoint.
    """
    part, packed = out.with_name(f"{out.name}.part"), out.suffix == ".gz"
    pack = gzip.compress if packed else bytes
    begun = _begun(part, packed)
    rest = begun and (
        _rest_of_all(engine, begun) if wanted == ExportFilter() else _rest(engine, begun, wanted, size)
    )
    done = begun.rows if begun and rest else 0
    if rest is None:
        rest = _all(engine) if wanted == ExportFilter() else prove(engine, wanted, size)
    rest = chain([next(rest)], rest)  # nothing is written where there is no such checkpoint
    with part.open("ab") as file:
        if not done:
            file.truncate(0)
        progress(done)
        for rows, piece in rest:
            file.write(pack(piece))
            file.flush()
            progress(rows)
            done += rows
        os.fsync(file.fileno())  # before it bears its name: an archive is dropped from the database after that
    part.replace(out)
    _keep_name(out)
    return done


def _keep_name(out: Path) -> None:
    """Flush the new name to the disk, if the system can."""
    if os.name == "posix":
        folder = os.open(out.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _all(engine: Engine) -> Iterator[Piece]:
    yield 0, whole_header(engine)
    yield from whole(engine, 0, CHUNK)


def _rest_of_all(engine: Engine, begun: Begun) -> Iterator[Piece] | None:
    """Return the rest of a full export, None if the log does not contain its last row."""
    goes_on = begun.header == whole_header(engine) and _is_logged(engine, begun.rows - 1, begun.last)
    return whole(engine, begun.rows, CHUNK) if goes_on else None


def _rest(engine: Engine, begun: Begun, wanted: ExportFilter, size: int | None) -> Iterator[Piece] | None:
    """Return the rest of an export of some rows, None if it had another filter or size."""
    try:
        its_size = int(orjson.loads(begun.header)["checkpoint"].split("\n")[1])
        index = int(orjson.loads(begun.last)["index"])
        with reading(engine) as conn:
            mine = export_header(conn, wanted, its_size)[1] == begun.header
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, Unreadable):
        return None
    if not mine or size not in (None, its_size) or not _is_logged(engine, index, begun.last):
        return None
    return prove(engine, wanted, its_size, index)


def _is_logged(engine: Engine, index: int, line: bytes) -> bool:
    with reading(engine) as conn:
        found = read_log(conn, index - 1, 1, archived_too=True)
    return bool(found) and b'"hash":"%s"' % found[0].hash.encode() in line[:_PLACE]


def _begun(part: Path, packed: bool) -> Begun | None:
    """Truncate an unfinished export after its last complete row; None if there is none."""
    if not part.exists():
        return None
    header, rows, kept, last = b"", -1, 0, b""
    for end, text in _pieces(part, packed):
        lines = text.splitlines(keepends=True)
        if any(not line.startswith(_WRITTEN) or line[-1:] != b"\n" for line in lines):
            break
        header = header or lines[0]
        rows, kept, last = rows + len(lines), end, lines[-1]
    with part.open("r+b") as file:
        file.truncate(kept)
    return Begun(header, rows, last) if rows > 0 else None


def _pieces(part: Path, packed: bool) -> Iterator[tuple[int, bytes]]:
    """Return the written pieces: lines, or the text of complete gzip members, with the end of each in the file."""
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
