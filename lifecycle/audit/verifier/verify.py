"""Verifying an export with nothing but the export and what an auditor kept: checkpoints, and a verification key.

No database, no service. One loop: each line is parsed, compared with its canonical bytes and hashed; then the row
is followed in its chain, and the root over all rows compared with every checkpoint that was kept.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lifecycle.audit.checkpoint import Forged, Unreadable, VerificationKey, read_checkpoint
from lifecycle.audit.merkle import EMPTY, Growing, root_by_inclusion
from lifecycle.audit.verifier.chains import Chains, Steps
from lifecycle.audit.verifier.lines import BREAKS, Bad, KeptCheckpoint, header_of, lines_of, parse, parse_row
from lifecycle.audit.verifier.supersession import Standing

GOOD, TAMPERED, UNREADABLE = 0, 1, 2
ROW = b'{"hash":'  # how a row's line begins


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a verification. code: GOOD, TAMPERED or UNREADABLE. first, last: lines of the first bad row."""

    code: int
    says: str
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not hold. The first bad row stands on one of the lines first to last.

    earlier: the line of another row, if one of the two is bad.
    """

    first: int
    last: int
    why: str
    earlier: int | None = None


def verify(path: Path, kept: Sequence[KeptCheckpoint], key: VerificationKey, steps: Steps) -> Verdict:
    """Checks an export. Raises Unreadable, Forged."""
    header = header_of(path)
    if header["filter"] is not None:
        return _verify_some(path, kept, steps, header, key)
    reader = _Reader(Chains(steps, Standing(steps)), sorted(kept, key=lambda one: one.checkpoint.size))
    fault, number = None, 0
    try:
        for number, line in enumerate(lines_of(path), start=1):
            if number > 1:
                reader.read(line, number)
        reader.over(number)
    except _Located as located:
        fault = located.fault
    except Bad as bad:
        fault = Fault(number, number, str(bad), bad.earlier)
    except BREAKS as error:
        fault = Fault(number + 1, number + 1, f"the file breaks off: {error}")
    if first := _first(reader.broken, fault, reader.good):
        return _tampered(first)
    sealed = max((one.checkpoint.size for one in kept), default=0)
    of = f"{reader.rows:,} rows of {reader.subjects:,} subjects"
    newer = f"{reader.rows - sealed:,} are newer than the last of them"
    return Verdict(GOOD, f"GOOD / 改ざんなし: {of}; {len(kept)} checkpoints vouch for {sealed:,}, {newer}")


class _Located(Exception):
    """A fault that more than one line may have."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.why)
        self.fault = fault


@dataclass(slots=True)
class _Reader:
    """A full export as far as it is read: the log's rows, those not sealed yet, the states, the end.

    kept: the checkpoints still to come, by size. good: the line up to which one of them vouches for every row.
    broken: the first row that does not follow in its chain. Then only hashes are read on, up to the end of the log:
    the checkpoints may tell that the bad row is another one.
    """

    chains: Chains
    kept: list[KeptCheckpoint]
    tree: Growing = field(default_factory=Growing)
    section: str = "log"
    rows: int = 0
    subjects: int = 0
    good: int = 0
    broken: Fault | None = None

    def read(self, line: bytes, number: int) -> None:
        """Takes the next line. Raises Bad, _Located."""
        if line.startswith(ROW):
            if self.section not in ("log", "pending"):
                raise Bad("not a line that belongs here")
            row, more, digest = parse_row(line)
            if more:
                raise Bad("not the fields of a row's line")
            self.rows += 1
            self._follow(row, digest, number)
            if self.section == "log":
                self._grow(digest, number)
            return
        if line[-1:] != b"\n":
            raise Bad("the line breaks off")
        said = parse(line[:-1])
        name, value = next(iter(said.items())) if isinstance(said, dict) and len(said) == 1 else ("", None)
        if name == "log" and self.section == "log":
            self._log_ends(number)
            if value != self.rows:
                raise Bad(f"the log has {self.rows} rows here, and {value} by what it says: rows are missing")
            self.section = "pending"
        elif name == "state" and self.section in ("pending", "states"):
            self.chains.end(value)
            self.subjects, self.section = self.subjects + 1, "states"
        elif name == "end" and value == {"rows": self.rows, "subjects": self.subjects} and self.section != "log":
            self._all_ends()
            self.section = "over"
        else:
            raise Bad("not a line that belongs here")

    def over(self, number: int) -> None:
        """The file is read."""
        if self.section == "log":
            self._log_ends(number + 1)
        if self.section != "over":
            raise _Located(Fault(number + 1, number + 1, "the export ends before its end: lines are missing"))

    def _follow(self, row: dict[str, Any], digest: bytes, number: int) -> None:
        if self.broken is not None:
            return
        try:
            self.chains.add(row, digest, number)
        except Bad as bad:
            if self.section != "log":
                raise
            self.broken = Fault(number, number, str(bad), bad.earlier)

    def _grow(self, digest: bytes, number: int) -> None:
        self.tree.add([digest])
        while self.kept and self.kept[0].checkpoint.size <= self.rows:
            one = self.kept.pop(0)
            root = self.tree.root() if one.checkpoint.size == self.rows else EMPTY
            if one.checkpoint.root != root:
                why = f"the first {one.checkpoint.size} rows are not the ones that {one.name} was signed over"
                raise _Located(Fault(max(self.good + 1, 2), number, why))
            self.good = number if one.checkpoint.size else self.good

    def _log_ends(self, number: int) -> None:
        if self.kept and self.kept[-1].checkpoint.size > self.rows:
            one = self.kept[0]
            why = f"the log has {self.rows} rows, and {one.name} is of {one.checkpoint.size}: rows are missing"
            raise _Located(Fault(max(self.good + 1, 2), number, why))
        if self.broken is not None:
            raise _Located(self.broken)

    def _all_ends(self) -> None:
        for subject, (_, _, _, line) in self.chains.heads.items():
            raise Bad(f"{subject} has rows, and no state at the end", line)
        if self.chains.standing is not None and (wrong := self.chains.standing.end()) is not None:
            raise _Located(Fault(wrong.line, wrong.line, wrong.why))


def _first(broken: Fault | None, fault: Fault | None, good: int) -> Fault | None:
    """Between which lines the first bad row stands: by the chains, and by the bytes and the checkpoints."""
    if broken is None or fault is None or fault is broken:
        found = broken or fault
        return found and _in_doubt(found, good)
    if broken.first < fault.first:  # every row before `fault` is vouched for, or hashed as it says
        return _in_doubt(broken, good)
    if broken.first <= fault.last and fault.first < fault.last:
        return Fault(fault.first, broken.last, f"{_in_doubt(broken, 0).why}; {fault.why}")
    return fault


def _in_doubt(fault: Fault, good: int) -> Fault:
    """The earlier of two rows that do not fit may be the bad one, unless a checkpoint vouches for it."""
    if fault.earlier is None or fault.earlier <= good:
        return fault
    return Fault(fault.earlier, fault.last, f"line {fault.earlier} or line {fault.last}: {fault.why}")


def _tampered(fault: Fault) -> Verdict:
    where = f"line {fault.first}" if fault.first == fault.last else f"lines {fault.first} to {fault.last}"
    says = f"TAMPERED / 改ざんあり: the first bad row stands on {where}: {fault.why}"
    return Verdict(TAMPERED, says, fault.first, fault.last)


def _verify_some(
    path: Path, kept: Sequence[KeptCheckpoint], steps: Steps, header: dict[str, Any], key: VerificationKey
) -> Verdict:
    """Checks an export of some rows: each is proved to be in the log of the checkpoint that the header holds."""
    checkpoint = read_checkpoint(str(header.get("checkpoint")).encode("utf-8", "replace"), key)
    of_its_size = [one for one in kept if one.checkpoint.size == checkpoint.size]
    for one in of_its_size:
        if one.checkpoint.root != checkpoint.root:
            why = f"its checkpoint of {checkpoint.size} rows is not the one kept as {one.name}"
            return _tampered(Fault(1, 1, why))
    if kept and not of_its_size:
        raise Unreadable(f"no checkpoint kept is of {checkpoint.size} rows: ask for a proof up to one of them")
    whole = header["filter"].keys() == {"contract"}
    chains = Chains(steps, Standing(steps) if whole else None)
    add, rows, over, number = chains.add if whole else chains.add_later, 0, False, 0
    try:
        for number, line in enumerate(lines_of(path), start=1):
            if over:
                raise Bad("a line after the end")
            if line.startswith(ROW):
                row, said, digest = parse_row(line)
                if root_of_proof(said, digest, checkpoint.size) != checkpoint.root:
                    raise Bad(f"the proof does not lead to the root of the log's {checkpoint.size} rows")
                add(row, digest, number)
                rows += 1
            elif number > 1:
                over = line[-1:] == b"\n" and parse(line[:-1]) == {"end": {"rows": rows}}
                if not over:
                    raise Bad("not a row with its proof")
        if not over:
            number += 1
            raise Bad("the export ends before its end: lines are missing")
        if whole and header["filter"]["contract"] not in chains.heads:
            raise Bad("the contract that the first line names has no row")
    except Bad as bad:
        return _tampered(Fault(number, number, str(bad)))
    except BREAKS as error:
        return _tampered(Fault(number + 1, number + 1, f"the file breaks off: {error}"))
    told = [f"\n  {subject}: {now}, {seq} rows" for subject, (_, seq, now, _) in chains.heads.items()]
    proved = f"GOOD / 改ざんなし: {rows:,} rows, each proved to be in the sealed log"
    return Verdict(GOOD, "".join([proved, *told[:20]]))


def root_of_proof(said: dict[str, Any], digest: bytes, size: int) -> bytes | None:
    """The root that a row's proof leads to, None where it leads nowhere. Raises Bad."""
    try:
        path, index = [bytes.fromhex(step) for step in said["proof"]], int(said["index"])
    except (ValueError, KeyError, TypeError):
        raise Bad("not a row with its proof") from None
    return root_by_inclusion(digest, index, size, path)


def read_kept(paths: Sequence[Path], key: VerificationKey) -> list[KeptCheckpoint]:
    """The checkpoints in files, and in all files of directories. Raises Unreadable, Forged."""
    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    found = []
    for file in files:
        try:
            found.append(KeptCheckpoint(read_checkpoint(file.read_bytes(), key), file.name))
        except OSError as error:
            raise Unreadable(f"{file} cannot be read: {error.strerror}") from None
        except Unreadable as error:
            raise Unreadable(f"{file}: {error}") from None
        except Forged as error:
            raise Forged(f"{file}: {error}") from None
    return sorted(found, key=lambda one: one.checkpoint.size)


def main(arguments: Sequence[str], steps: Steps) -> int:
    """The command line: EXPORT --checkpoint FILE … --key VKEY. Prints what came of it; the exit code."""
    parser = argparse.ArgumentParser("verify", description="Verifies an export of the history. / 履歴の検証")
    parser.add_argument("export", type=Path)
    parser.add_argument("--checkpoint", type=Path, nargs="+", action="extend", default=[], metavar="FILE",
                        help="what you kept: files, or directories of them")  # fmt: skip
    parser.add_argument(
        "--key", required=True, help="the verification key: name+id+base64, or a file that holds it"
    )
    asked = parser.parse_args(arguments)
    try:
        text = Path(asked.key).read_text("utf-8") if Path(asked.key).is_file() else asked.key
        key = VerificationKey.parse(text)
        verdict = verify(asked.export, read_kept(asked.checkpoint, key), key, steps)
    except Unreadable as error:
        verdict = Verdict(UNREADABLE, f"UNREADABLE / 読み取れません: {error}")
    except Forged as error:
        verdict = Verdict(TAMPERED, f"TAMPERED / 改ざんあり: {error}")
    except (OSError, ValueError) as error:
        verdict = Verdict(UNREADABLE, f"UNREADABLE / 読み取れません: {error}")
    print(verdict.says, file=sys.stdout if verdict.code == GOOD else sys.stderr)
    return verdict.code
