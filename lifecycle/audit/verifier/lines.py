"""An export as a file of lines, plain or packed, and what its readers say of it."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

from lifecycle.audit.checkpoint import Checkpoint, Unreadable

FILTERS = {"contract", "event", "actor", "since", "until"}
FORMAT = "lifecycle-history-1"
ROW, AT, PAYLOAD = b'{"hash":"', b'","row":', 81  # `{"hash":"<64 digits>","row":<payload>}`
PIECE = 1 << 18  # bytes of a file read at a time: what a core keeps at hand
LONGEST = 16 << 20  # bytes of a line
BREAKS = (OSError, EOFError, zlib.error)  # what a file that breaks off raises


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A checkpoint that an auditor kept, and where it came from."""

    checkpoint: Checkpoint
    name: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not hold. The first bad row stands on one of the lines first to last."""

    first: int
    last: int
    why: str


@dataclass(slots=True)
class Found:
    """What a reader found. good: the line up to which a checkpoint vouches for every row, 0 for none."""

    fault: Fault | None = None
    rows: int = 0
    logged: int = 0
    subjects: int = 0
    good: int = 0
    earlier: int | None = None
    notes: list[str] = field(default_factory=list)


def blocks_of(path: Path) -> Iterator[list[bytes]]:
    """The lines of a file, plain or gzip, many at a time; all of them before what BREAKS has is raised."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    rest = b""
    with gzip.open(path, "rb") if packed else path.open("rb") as stream:
        while piece := stream.read1(PIECE):
            lines = BytesIO(rest + piece).readlines()
            rest = b"" if lines[-1][-1:] == b"\n" or len(lines[-1]) > LONGEST else lines.pop()
            yield lines
    if rest:
        yield [rest]


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file, one by one."""
    return chain.from_iterable(blocks_of(path))


def header_of(path: Path) -> dict[str, Any]:
    """The first line. Raises Unreadable where the file is no export."""
    try:
        said = json.loads(next(lines_of(path), b""))
    except BREAKS as error:
        raise Unreadable(f"{path} cannot be read: {error}") from None
    except (ValueError, RecursionError):
        said = None
    is_one = isinstance(said, dict) and said.get("export") == FORMAT and "filter" in said
    if not is_one or not (said["filter"] is None or _is_filter(said["filter"])):
        raise Unreadable(f"{path} is not an export of the history ({FORMAT})")
    return dict(said)


def _is_filter(said: Any) -> bool:
    return isinstance(said, dict) and said.keys() <= FILTERS and all(isinstance(v, str) for v in said.values())
