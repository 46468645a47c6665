"""Rows that an export leaves out because they were archived: their hashes, and the row that says so."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from pathlib import Path
from typing import Any

from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.export_format import BREAKS, header_of, lines_of
from lifecycle.audit.verifier.lines import Bad, canonical, parse

GAP = b'{"archived":'  # how a line begins that has the hash of an archived row alone
Claim = tuple[str, str, str, int, str]  # subject, kind, state, number and hash of its newest row


@dataclass(slots=True)
class Gaps:
    """The rows that are left out so far. open: the first line of each chain of which no row says so yet.

    rows: how many. contracts: how many rows say that their contract was archived. files: where these rows are.
    """

    open: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    contracts: int = 0
    files: dict[str, str] = field(default_factory=dict)

    def add(self, subject: str, line: int) -> None:
        """A row is left out."""
        self.open.setdefault(subject, line)
        self.rows += 1

    def close(self, row: Mapping[str, Any]) -> list[Claim]:
        """A row says that its contract was archived: the chains that it names. Raises Bad."""
        claims = archived_chains(row)
        if any(subject in self.open for subject, *_ in claims):
            self.contracts += 1
            self.files[row["facts"]["sha256"]] = row["facts"]["file"]
        for subject, *_ in claims:
            self.open.pop(subject, None)
        return claims

    def check_end(self) -> None:
        """Raises Bad for rows that are left out without a row that says so."""
        for subject, line in self.open.items():
            raise Bad(f"a row of {subject} is left out, and no row says that it was archived").on(line)

    def says(self) -> str:
        """Where the rows are, empty where none is left out."""
        if not self.rows:
            return ""
        told = [f"\n  {file} (SHA-256 {hash_})" for hash_, file in sorted(self.files.items())]
        return f"\n{self.rows:,} rows of {self.contracts:,} contracts are archived / 保管済み:{''.join(told)}"


def read_gap(line: bytes) -> tuple[str, int, bytes]:
    """What a line says of an archived row: its subject, its number there, its hash. Raises Bad."""
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
    """The chains that a row of the archiving names. Raises Bad where it is not as the service writes it."""
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
    """The lines of an export of everything, in which rows from archives stand where they were. Raises Unreadable.

    All are in the order of the log, so that they are read side by side.
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
    """The rows of an archive with their places in the log, as lines of an export of everything."""
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
