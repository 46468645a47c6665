"""Archived rows that an export omits: their hashes, and the row that records the archiving."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from pathlib import Path
from typing import Any

from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.export_format import BREAKS, header_of, lines_of
from lifecycle.audit.verifier.lines import Bad, canonical, parse

GAP = b'{"archived":'  # the start of a line with only the hash of an archived row
Claim = tuple[str, str, str, int, str]  # subject, kind, state, number and hash of its newest row


@dataclass(slots=True)
class Gaps:
    """The omitted rows so far. open: the first line of each chain that no row explains yet.

    rows: their number. contracts: the number of rows that record an archiving. files: where the rows are.
    """

    open: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    contracts: int = 0
    files: dict[str, str] = field(default_factory=dict)

    def add(self, subject: str, line: int) -> None:
        """Count an omitted row."""
        self.open.setdefault(subject, line)
        self.rows += 1

    def close(self, row: Mapping[str, Any]) -> list[Claim]:
        """Take a row that records the archiving of its contract: the chains that it names. Raises Bad."""
        claims = archived_chains(row)
        if any(subject in self.open for subject, *_ in claims):
            self.contracts += 1
            self.files[row["facts"]["sha256"]] = row["facts"]["file"]
        for subject, *_ in claims:
            self.open.pop(subject, None)
        return claims

    def check_end(self) -> None:
        """Raise Bad for omitted rows without a row that records their archiving."""
        for subject, line in self.open.items():
            raise Bad(f"a row of {subject} is left out, and no row says that it was archived").on(line)

    def says(self) -> str:
        """Where the rows are, empty if none is omitted."""
        if not self.rows:
            return ""
        told = [f"\n  {file} (SHA-256 {hash_})" for hash_, file in sorted(self.files.items())]
        return f"\n{self.rows:,} rows of {self.contracts:,} contracts are archived / 保管済み:{''.join(told)}"


def read_gap(line: bytes) -> tuple[str, int, bytes]:
    """Return the content of a line about an archived row: its subject, its number there, its hash. Raises Bad."""
    said = parse(line)
    try:
        gap, digest = said["archived"], bytes.fromhex(said["hash"])
        subject, seq = gap["subject"], gap["seq"]
        right = said == {"archived": {"seq": seq, "subject": subject}, "hash": digest.hex()} and len(digest) == 32
    except (LookupError, TypeError, ValueError):
        right = False
    if not right or not isinstance(subject, str) or type(seq) is not int:
        raise Bad("not the hash of an archived row")
    return subject, seq, digest


def archived_chains(row: Mapping[str, Any]) -> list[Claim]:
    """Return the chains that a row about an archiving names. Raises Bad for a wrong format."""
    try:
        facts = row["facts"]
        found = [
            (str(one["subject"]), str(one["kind"]), str(one["state"]), int(one["seq"]), str(one["hash"]))
            for one in facts["subjects"]
        ]
        right = len(bytes.fromhex(facts["sha256"])) == 32 and isinstance(facts["file"], str)
    except (LookupError, TypeError, ValueError):
        right = False
    if not right:
        raise Bad("it does not say which rows were archived, and where")
    return found


def filled(exported: Path, archives: Iterable[Path]) -> Iterator[bytes]:
    """Yield the lines of an export of everything, with the rows from archives in their places. Raises Unreadable.

    All files are in the order of the log, so they are read side by side.
    """
    rows = merge(*map(_rows_in, archives), key=lambda found: found[0])
    index, at, line = -1, -1, b""
    for number, given in enumerate(lines_of(exported)):
        if number and given.startswith(GAP):
            index = number - 1
            while at < index and (found := next(rows, None)) is not None:
                at, line = found
            if at == index:
                yield line
                continue
        yield given


def _rows_in(archive: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the rows of an archive with their places in the log, as lines of an export of everything."""
    if (header_of(archive)["filter"] or {}).keys() != {"ended_before"}:
        raise Unreadable(f"{archive} is no archive")
    try:
        for number, line in enumerate(lines_of(archive)):
            if number and line.startswith(b'{"hash":'):
                said = parse(line)
                yield said["index"], canonical({"hash": said["hash"], "row": said["row"]}) + b"\n"
    except BREAKS as error:
        raise Unreadable(f"{archive} cannot be read: {error}") from None
    except (Bad, LookupError, TypeError) as error:
        raise Unreadable(f"{archive} is no archive: {error}") from None
