"""An export as lines, plain or packed: read one by one, each parsed and compared with its one canonical form."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from lifecycle.audit.checkpoint import Checkpoint, Unreadable

try:
    import orjson
except ImportError:  # the file for auditors goes without
    orjson = None  # type: ignore[assignment]

FORMAT = "lifecycle-history-1"
FILTERS = {"contract", "event", "actor", "since", "until"}
LONGEST = 16 << 20  # bytes of a line
BREAKS = (OSError, EOFError, zlib.error)  # what a file that breaks off raises


class Bad(Exception):
    """A line that the service cannot have written; the message says why.

    earlier: the line of another row, where one of the two is bad and nobody can say which.
    """

    def __init__(self, why: str, earlier: int | None = None) -> None:
        super().__init__(why)
        self.earlier = earlier


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A checkpoint that an auditor kept, and where it came from."""

    checkpoint: Checkpoint
    name: str


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file, plain or gzip; all of them before what BREAKS has is raised."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rb") if packed else path.open("rb") as stream:
        while line := stream.readline(LONGEST):
            yield line


def header_of(path: Path) -> dict[str, Any]:
    """The first line. Raises Unreadable where the file is no export."""
    try:
        said = parse(next(lines_of(path), b"")[:-1])
    except BREAKS as error:
        raise Unreadable(f"{path} cannot be read: {error}") from None
    except Bad:
        said = None
    is_one = isinstance(said, dict) and said.get("export") == FORMAT and "filter" in said
    if not is_one or not (said["filter"] is None or _is_filter(said["filter"])):
        raise Unreadable(f"{path} is not an export of the history ({FORMAT})")
    return dict(said)


def _is_filter(said: Any) -> bool:
    return isinstance(said, dict) and said.keys() <= FILTERS and all(isinstance(v, str) for v in said.values())


def parse(text: bytes) -> Any:
    """What a line says. Raises Bad where it is not canonical: RFC 8785, ASCII names, integers below 2^53 alone."""
    try:
        said = json.loads(text.decode()) if orjson is None else orjson.loads(text)
        again = canonical(said)
    except (ValueError, TypeError, RecursionError):
        raise Bad("not JSON as the service writes it") from None
    if again != text or not _plain(said):
        raise Bad("not the canonical bytes of what it says")
    return said


def canonical(said: Any) -> bytes:
    """Sorted, compact JSON. Raises ValueError, TypeError."""
    if orjson is not None:
        return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parse_row(line: bytes) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """The row of a line, what else the line says, and the hash over the row's canonical bytes.

    Raises Bad where the line does not state that hash, or is not canonical.
    """
    if line[-1:] != b"\n":
        raise Bad("the line breaks off")
    said = parse(line[:-1])
    row = said.pop("row", None) if isinstance(said, dict) else None
    if not isinstance(row, dict):
        raise Bad("not a row with its hash")
    digest = sha256(b"\0" + canonical(row)).digest()
    if said.pop("hash", None) != digest.hex():
        raise Bad("its hash is not the one of its bytes")
    return row, said, digest


def _plain(said: Any) -> bool:
    if isinstance(said, str) or said is None:
        return True
    if isinstance(said, dict):
        return all(name.isascii() and _plain(value) for name, value in said.items())
    if isinstance(said, list):
        return all(map(_plain, said))
    return isinstance(said, int) and abs(said) < 2**53
