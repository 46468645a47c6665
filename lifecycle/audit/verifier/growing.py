"""Reading an export: every row hashed, and the Merkle tree over them compared with what was signed.

A block of rows is hashed at once; where it does not hold as a whole, its lines are looked at one by one.
"""

from binascii import hexlify
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from lifecycle.audit.merkle import Growing
from lifecycle.audit.verifier.lines import AT, BREAKS, PAYLOAD, ROW, Fault, Found, KeptCheckpoint, blocks_of
from lifecycle.audit.verifier.rows import Bad, RowChecker


def grow_tree(path: Path, kept: Sequence[KeptCheckpoint]) -> Found:
    """Hashes every row, judges its rulings, and compares the root at every size that a checkpoint was kept of."""
    reader = _Reader(kept)
    found = reader.found
    try:
        reader.log([])
        for lines in blocks_of(path):
            reader.take(lines)
        reader.end()
    except Bad as bad:
        found.fault = found.fault or Fault(reader.line, reader.line, str(bad))
    except BREAKS as error:
        found.fault = Fault(reader.line + 1, reader.line + 1, f"the file breaks off: {error}")
    return found


class _Reader:
    """What has been read so far. line: the number of the last line looked at; sizes: kept ones, the next last."""

    def __init__(self, kept: Sequence[KeptCheckpoint]) -> None:
        self.found, self.line, self._section = Found(), 0, "log"
        self._tree, self._rows = Growing(), RowChecker({})
        self._kept = sorted(kept, key=lambda one: one.checkpoint.size, reverse=True)

    def take(self, lines: list[bytes]) -> None:
        """Takes the next lines. Raises Bad."""
        digests = None if self._section == "states" else _hashed(lines)
        if digests is None or not self._all_judged(lines):
            for line in lines:
                self._take_one(line)
            return
        self.line += len(lines)
        self._add(digests)

    def log(self, digests: list[bytes]) -> None:
        """Adds rows to the tree, and compares its root where a checkpoint was kept of its size. Raises Bad."""
        found, kept = self.found, self._kept
        while kept and kept[-1].checkpoint.size <= found.logged + len(digests):
            one = kept.pop()
            part = one.checkpoint.size - found.logged
            self._tree.add(digests[:part])
            found.logged, digests = found.logged + part, digests[part:]
            line = max(found.logged + 1, 2)  # the first line is the header
            if one.checkpoint.root != self._tree.root():
                why = f"the first {one.checkpoint.size} rows are not the ones that {one.name} was signed over"
                found.fault = Fault(found.good + 1 if found.good else 2, line, why)
                raise Bad(why)
            found.good = found.logged + 1
        self._tree.add(digests)
        found.logged += len(digests)

    def end(self) -> None:
        """The file is read."""
        if self._kept:
            one, logged = self._kept[-1], self.found.logged
            why = f"the log has {logged} rows, and {one.name} is of {one.checkpoint.size}: rows are missing"
            self.found.fault = Fault(max(self.found.good + 1, 2), logged + 2, why)

    def _all_judged(self, lines: list[bytes]) -> bool:
        try:
            self._rows.judge_all(lines, PAYLOAD)
        except Bad:
            return False
        return True

    def _take_one(self, line: bytes) -> None:
        self.line += 1
        if line[: len(ROW)] != ROW:
            if self.line > 1:
                self._section = "pending" if line.startswith(b'{"log":') else "states"
            return
        digests = _hashed([line])
        if digests is None or self._section == "states":
            raise Bad("its hash is not the one of its bytes, or it is no row in its place")
        self._rows.judge(line)
        self._add(digests)

    def _add(self, digests: list[bytes]) -> None:
        self.found.rows += len(digests)
        if self._section == "log":
            self.log(digests)


def _hashed(lines: list[bytes]) -> list[bytes] | None:
    """The hashes of rows, None where a line is no row or does not state the hash of its bytes."""
    digests = [sha256(b"\0" + line[PAYLOAD:-2]).digest() for line in lines]
    begins, ends = [line[:PAYLOAD] for line in lines], {line[-2:] for line in lines}
    fit = begins == [ROW + hexlify(digest) + AT for digest in digests] and ends == {b"}\n"}
    return digests if fit else None
