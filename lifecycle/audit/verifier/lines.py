"""One line of an export: parsed, compared with its one canonical form, and a row with the hash of its bytes."""

import json
from hashlib import sha256
from typing import Any

from lifecycle.audit.checkpoint import Checkpoint
from lifecycle.audit.merkle import root_by_inclusion

try:
    import orjson
except ImportError:  # the standalone file for auditors works without it
    orjson = None  # type: ignore[assignment]


class Bad(Exception):
    """A line that the service cannot have written; the message says why.

    earlier: the line of another row, if one of the two is bad and it is unknown which. first, last: the lines
    between which the first bad row is, as far as known.
    """

    def __init__(self, why: str, earlier: int | None = None, first: int = 0) -> None:
        super().__init__(why)
        self.earlier, self.first, self.last = earlier, first, 0

    def on(self, line: int) -> "Bad":
        """The same, on that line if none is known yet."""
        self.last = self.last or line
        self.first = self.first or self.last
        return self


def parse(line: bytes) -> Any:
    """Parse a line. Raises Bad if it is not canonical: RFC 8785, ASCII names, integers below 2^53 only."""
    try:
        said = json.loads(line.decode()) if orjson is None else orjson.loads(line)
        again = canonical(said)
    except (ValueError, TypeError, RecursionError):
        raise Bad("not JSON as the service writes it") from None
    if again + b"\n" != line or not _plain(said):
        raise Bad("not the canonical bytes of what it says")
    return said


def parse_row(line: bytes) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """Return the row of a line, the other members, and the hash over the row's canonical bytes. Raises Bad."""
    said = parse(line)
    row, stated = said.pop("row", None), said.pop("hash", None)
    if not isinstance(row, dict):
        raise Bad("not a row with its hash")
    digest = sha256(b"\0" + canonical(row)).digest()
    if stated != digest.hex():
        raise Bad("its hash is not the one of its bytes")
    return row, said, digest


def check_proof(said: dict[str, Any], digest: bytes, checkpoint: Checkpoint) -> None:
    """Raise Bad if a row's line does not prove that the log of a checkpoint contains the row."""
    try:
        path, index = [bytes.fromhex(step) for step in said["proof"]], int(said["index"])
    except (ValueError, KeyError, TypeError):
        raise Bad("not a row with its proof") from None
    if root_by_inclusion(digest, index, checkpoint.size, path) != checkpoint.root:
        raise Bad(f"the proof does not lead to the root of the log's {checkpoint.size} rows")


def canonical(said: Any) -> bytes:
    """Return sorted, compact JSON. Raises ValueError, TypeError."""
    if orjson is not None:
        return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _plain(said: Any) -> bool:
    if isinstance(said, str) or said is None:
        return True
    if isinstance(said, dict):
        return all([name.isascii() and _plain(value) for name, value in said.items()])  # noqa: C419 - quicker
    if isinstance(said, list):
        return all(map(_plain, said))
    return isinstance(said, int) and abs(said) < 2**53
