"""The form of an export: a file of lines, plain or gzip, of which the first says what it holds."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lifecycle.audit.checkpoint import Unreadable

FORMAT, WITH_GAPS = "lifecycle-history-1", "lifecycle-history-2"  # the second where rows were archived
FORMATS = (FORMAT, WITH_GAPS)
FILTERS = {
    "contract", "event", "actor", "since", "until", "ended_before", "state", "service", "customer",
}  # fmt: skip
WHOLE_CONTRACTS = {"contract", "ended_before", "state", "service", "customer"}  # leave no row of a contract out
LONGEST = 16 << 20  # bytes of a line
BREAKS = (OSError, EOFError, zlib.error)  # what a file that breaks off raises


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
        said = json.loads(next(lines_of(path), b""))
        wanted = said["filter"] or {}
        texts = all(isinstance(text, str) for text in wanted.values())
        if said["export"] in FORMATS and wanted.keys() <= FILTERS and texts:
            return dict(said)
    except BREAKS as error:
        raise Unreadable(f"{path} cannot be read: {error}") from None
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        pass
    raise Unreadable(f"{path} is not an export of the history ({FORMAT})")
