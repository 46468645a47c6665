"""The readers of an export: one follows every subject's chain, one hashes every row and grows the Merkle tree.

The first takes the hash that a line states; the second shows that it is the hash of the line's bytes.
"""

import gzip
import json
import zlib
from binascii import hexlify
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from lifecycle.audit.checkpoint import Checkpoint, Unreadable, VerificationKey, read_checkpoint
from lifecycle.audit.merkle import EMPTY, Growing, root_by_inclusion
from lifecycle.audit.rows import Bad, Broken, Chains, Rows, Steps

FILTERS = {"contract", "event", "actor", "since", "until"}
FORMAT = "lifecycle-history-1"
ROW, AT, PAYLOAD = b'{"hash":"', b'","row":', 81  # `{"hash":"<64 digits>","row":<payload>}`
LONGEST = 16 << 20  # bytes of a line


@dataclass(frozen=True, slots=True)
class Kept:
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


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file, plain or gzip. Raises OSError, EOFError, zlib.error."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    opener: Any = gzip.open if packed else partial(open, buffering=1 << 20)
    with opener(path, "rb") as stream:
        yield from iter(partial(stream.readline, LONGEST), b"")


def header_of(path: Path) -> dict[str, Any]:
    """The first line. Raises Unreadable where the file is no export."""
    try:
        said = json.loads(next(lines_of(path), b""))
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"{path} cannot be read: {error}") from None
    except (ValueError, RecursionError):
        said = None
    is_one = isinstance(said, dict) and said.get("export") == FORMAT and "filter" in said
    if not is_one or not (said["filter"] is None or _is_filter(said["filter"])):
        raise Unreadable(f"{path} is not an export of the history ({FORMAT})")
    return dict(said)


def _is_filter(said: Any) -> bool:
    return isinstance(said, dict) and said.keys() <= FILTERS and all(isinstance(v, str) for v in said.values())


def follow_chains(path: Path, steps: Steps) -> Found:
    """Reads every row: canonical, in its place in its chain, a legal step; and the states at the end."""
    found, rows, chains = Found(), Rows(steps), Chains()
    read, add, number, section = rows.read, chains.add, 1, "log"
    try:
        for number, line in enumerate(lines_of(path), start=1):
            if line[:9] == ROW:
                add(read(line[PAYLOAD:-2]), line[9:73], number)
                found.rows += 1
            elif number > 1:
                section = _control(line, section, found, chains)
        if section != "over":
            raise Bad("the export ends here before its end: lines are missing")
    except Broken as broken:
        found.fault, found.earlier = Fault(number, number, str(broken)), broken.earlier
    except Bad as bad:
        found.fault = Fault(number, number, str(bad))
    except (OSError, EOFError, zlib.error) as error:
        found.fault = Fault(number + 1, number + 1, f"the file breaks off: {error}")
    return found


def _control(line: bytes, section: str, found: Found, chains: Chains) -> str:
    """A line that is no row: where the log ends, a subject's state, the end; which section comes next."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        said = None
    name, value = next(iter(said.items())) if isinstance(said, dict) and len(said) == 1 else ("", None)
    if name == "log" and section == "log" and value == found.rows:
        found.logged = found.rows
        return "pending"
    if name == "state" and section in ("pending", "states") and isinstance(value, dict):
        _state(value, chains)
        found.subjects += 1
        return "states"
    ends = {"rows": found.rows, "subjects": found.subjects}
    if name == "end" and section in ("pending", "states") and value == ends and line[-1:] == b"\n":
        for subject, head in chains.heads.items():
            raise Broken(f"{subject.decode()} has rows, and no state at the end", head.line)
        return "over"
    raise Bad("not a line that belongs here")


def _state(said: dict[str, Any], chains: Chains) -> None:
    subject = str(said.get("subject"))
    head = chains.heads.pop(subject.encode("utf-8", "replace"), None)
    if head is None:
        raise Bad(f"{subject[:60]} has a state and no rows, or two states")
    if said.get("seq") != head.seq:
        raise Broken(f"{subject} has {said.get('seq')} rows by its state, and {head.seq} in the export")
    if f"{said.get('kind')} {said.get('state')}" != head.state:
        raise Broken(f"{subject} is {said.get('state')} by its state, and {head.state} by its rows", head.line)
    if str(said.get("hash")).encode() != head.hash:
        raise Broken(f"{subject}: its state names another hash than that of its newest row", head.line)


def grow_tree(path: Path, kept: Sequence[Kept]) -> Found:
    """Hashes every row, judges its rulings, and compares the root at every size that a checkpoint was kept of."""
    found, tree, judge = Found(), Growing(), Rows({}).judge
    at: dict[int, list[Kept]] = {}
    for one in kept:
        at.setdefault(one.checkpoint.size, []).append(one)
    number, section = 1, "log"
    try:
        _compare(at.pop(0, []), EMPTY, found, 1)
        for number, line in enumerate(lines_of(path), start=1):
            if line[:9] != ROW:
                if number > 1:
                    section = "pending" if line.startswith(b'{"log":') else "states"
                continue
            row = line[PAYLOAD:-2]
            digest = sha256(b"\0" + row).digest()
            if hexlify(digest) != line[9:73] or line[73:81] != AT or line[-2:] != b"}\n" or section == "states":
                raise Bad("its hash is not the one of its bytes, or it is no row in its place")
            judge(row)
            found.rows += 1
            if section == "log":
                tree.add(digest)
                found.logged += 1
                if found.logged in at:
                    _compare(at.pop(found.logged), tree.root(), found, number)
        if at:
            larger = min(at)
            found.fault = Fault(
                found.good + 1 if found.good else 2, found.logged + 2,
                f"the log has {found.logged} rows, and {at[larger][0].name} is of {larger}: rows are missing",
            )  # fmt: skip
    except Bad as bad:
        found.fault = found.fault or Fault(number, number, str(bad))
    except (OSError, EOFError, zlib.error) as error:
        found.fault = Fault(number + 1, number + 1, f"the file breaks off: {error}")
    return found


def _compare(kept: Sequence[Kept], root: bytes, found: Found, line: int) -> None:
    for one in kept:
        if one.checkpoint.root != root:
            why = f"the first {one.checkpoint.size} rows are not the ones that {one.name} was signed over"
            found.fault = Fault(found.good + 1 if found.good else 2, max(line, 2), why)
            raise Bad(why)
    if kept:
        found.good = line


def check_proofs(
    path: Path, steps: Steps, header: dict[str, Any], key: VerificationKey, kept: Sequence[Kept]
) -> Found:
    """Reads an export of some rows: each is proved to be in the log of the checkpoint that the header holds."""
    found, rows, chains = Found(), Rows(steps), Chains()
    checkpoint = read_checkpoint(str(header.get("checkpoint")).encode("utf-8", "replace"), key)
    of_its_size = [one for one in kept if one.checkpoint.size == checkpoint.size]
    for one in of_its_size:
        if one.checkpoint.root != checkpoint.root:
            found.fault = Fault(
                1, 1, f"its checkpoint of {checkpoint.size} rows is not the one kept as {one.name}"
            )
            return found
    if kept and not of_its_size:
        raise Unreadable(f"no checkpoint kept is of {checkpoint.size} rows: ask for a proof up to one of them")
    number, over, whole = 1, False, header["filter"].keys() == {"contract"}
    try:
        for number, line in enumerate(lines_of(path), start=1):
            if number == 1:
                continue
            if over:
                raise Bad("a line after the end")
            over = _proved(line, checkpoint, rows, chains, found, number, whole=whole)
        if not over:
            raise Bad("the export ends here before its end: lines are missing")
        if whole and header["filter"]["contract"].encode("utf-8", "replace") not in chains.heads:
            raise Bad("the contract that the first line names has no row")
    except Bad as bad:
        found.fault = Fault(number, number, str(bad))
    except (OSError, EOFError, zlib.error) as error:
        found.fault = Fault(number + 1, number + 1, f"the file breaks off: {error}")
    found.logged, found.subjects = found.rows, len(chains.heads)
    found.notes = [f"{subject.decode()}: {head.state}, {head.seq} rows" for subject, head in chains.heads.items()]
    return found


def _proved(
    line: bytes, checkpoint: Checkpoint, rows: Rows, chains: Chains, found: Found, number: int, *, whole: bool
) -> bool:  # fmt: skip
    """One row with its proof; True for the last line."""
    begins = line.find(b',"row":')
    try:
        said = json.loads(line[:begins] + b"}" if begins > 0 else line)
        if not isinstance(said, dict):
            raise ValueError
        if begins < 0 and said == {"end": {"rows": found.rows}}:
            return True
        path = [bytes.fromhex(step) for step in said["proof"]]
        index = int(said["index"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Bad("not a row with its proof") from None
    row = line[begins + 7 : -2]
    digest = sha256(b"\0" + row).digest()
    if line[-2:] != b"}\n" or said.get("hash") != digest.hex():
        raise Bad("its hash is not the one of its bytes")
    if root_by_inclusion(digest, index, checkpoint.size, path) != checkpoint.root:
        raise Bad(f"the proof does not lead to the root of the log's {checkpoint.size} rows")
    take = chains.add if whole else chains.skip
    rows.judge(row)
    take(rows.read(row), digest.hex().encode(), number)
    found.rows += 1
    return False
