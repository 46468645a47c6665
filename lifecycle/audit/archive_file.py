"""An archive: a file with the whole history of contracts that ended before a day, each row with its proof.

It is an export of some rows, and is verified as one. Rows are dropped only after the complete file is on the disk.
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Engine, func, select

from lifecycle.audit.checkpoint import Unreadable, VerificationKey
from lifecycle.audit.export import ExportFilter, ExportProgress
from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.export_format import BREAKS, header_of, lines_of
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import GOOD, verify
from lifecycle.records import tables
from lifecycle.records.keeping import ended_before

_C, _H = tables.contract.c, tables.history.c


class ToArchive(NamedTuple):
    """What can be archived: the number of contracts and rows, the first and the last end."""

    contracts: int
    rows: int
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Archive:
    """A verified archive. sha256: of the file. places: the indices in the log of its rows, in order."""

    file: str
    sha256: str
    day: date
    places: Sequence[int]

    def has(self, index: int) -> bool:
        """Whether it contains the log row with that index."""
        at = bisect_left(self.places, index)
        return at < len(self.places) and self.places[at] == index


def to_archive(conn: Connection, day: date) -> ToArchive:
    """Return what an archive of the contracts that ended before a day would contain."""
    ids = ended_before(day)
    found = conn.execute(
        select(func.count(), func.min(_C.terminated_on), func.max(_C.terminated_on)).where(_C.id.in_(ids))
    ).one()
    rows = conn.execute(select(func.count()).where(_H.contract_id.in_(ids))).scalar_one()
    return ToArchive(found[0], rows, found[1], found[2])


def ids_to_archive(conn: Connection, day: date, after: str, limit: int) -> list[str]:
    """The next contracts that may be archived, in the order of id."""
    wanted = ended_before(day).where(_C.id > after).order_by(_C.id).limit(limit)
    return list(conn.execute(wanted).scalars())


def write_archive(
    engine: Engine,
    day: date,
    out: Path,
    keys: Sequence[VerificationKey],
    progress: ExportProgress = lambda _: None,
) -> Archive:
    """Write the archive of a day unless the file exists, and verify it in any case.

    An interrupted write continues. Raises OSError; Unreadable if no checkpoint is signed yet or the file is not
    this archive.
    """
    if not out.exists():
        export_to_file(engine, out, ExportFilter(ended_before=day), progress=progress)
    return read_archive(out, day, keys)


def read_archive(path: Path, day: date, keys: Sequence[VerificationKey]) -> Archive:
    """Read an archive after verifying it. Raises OSError, Unreadable."""
    if header_of(path)["filter"] != {"ended_before": day.isoformat()}:
        raise Unreadable(f"{path} is not an archive of the contracts that ended before {day}")
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    verdict = verify(path, [], keys, legal_steps())
    if verdict.code != GOOD:
        raise Unreadable(f"{path}: {verdict.says}")
    places = array("q")
    try:
        for line in lines_of(path):
            if line.startswith(b'{"hash":'):
                places.append(_index(orjson.loads(line)))
    except BREAKS as error:
        raise Unreadable(f"{path} cannot be read: {error}") from None
    with path.open("rb") as file:
        if file_digest(file, "sha256").hexdigest() != digest:
            raise Unreadable(f"{path} was changed while it was verified")
    return Archive(path.name, digest, day, array("q", sorted(places)))


def _index(said: Any) -> int:
    return int(said["index"])
