"""The chain of each subject in an export: every row numbered, bound to the one before, and going on from it."""

import re
from dataclasses import dataclass, field

from lifecycle.audit.verifier.rows import Bad, Step

PLAIN = re.compile(rb"[ !#-\[\]-~]+").fullmatch
_NUMBERS = [b"%d" % n for n in range(1000)]


class Broken(Bad):
    """A row that does not follow the one before it in its chain. earlier: the line of that one, if in doubt."""

    def __init__(self, why: str, earlier: int | None = None) -> None:
        super().__init__(why)
        self.earlier = earlier


# The newest row of a subject: its hash, its number, kind and state, and the line it stands on. A plain tuple, as
# there may be millions, and Python's collector lets these alone.
Head = tuple[bytes, int, str, int]


@dataclass(slots=True)
class Chains:
    """The newest row of every subject so far: what bounds the memory of a verification.

    line: the number of the last line of the file that was looked at.
    """

    heads: dict[bytes, Head] = field(default_factory=dict)
    line: int = 0

    def add(self, step: Step, hash_: bytes, line: int) -> None:
        """Takes the next row. Raises Broken."""
        subject, seq, previous, before, after = step
        head = self.heads.get(subject)
        if head is None:
            _must_be_first(step)
            self.heads[subject] = (hash_, 1, after, line)
            return
        newest, number, state, _ = head
        number += 1
        expected = _NUMBERS[number] if number < 1000 else b"%d" % number
        if seq != expected or previous != newest or before != state:
            raise _broken(step, head, expected)
        self.heads[subject] = (hash_, number, after, line)

    def skip(self, step: Step, hash_: bytes, line: int) -> None:
        """Takes a row of which others of its chain may be left out: later, and bound to the one before if next."""
        subject, seq, previous, _, after = step
        head = self.heads.get(subject)
        if not seq.isdigit() or len(seq) > 15 or (previous is None) != (seq == b"1") or not PLAIN(subject):
            raise Bad(f"row {_shown(seq)} of {_shown(subject)} is not numbered as a row is")
        if head is not None and int(seq) <= head[1]:
            raise Broken(f"row {_shown(seq)} of {_shown(subject)} comes after its row {head[1]}")
        if head is not None and int(seq) == head[1] + 1:
            self.add(step, hash_, line)
        else:
            self.heads[subject] = (hash_, int(seq), after, line)


def _must_be_first(step: Step) -> None:
    subject, seq, previous, before, _ = step
    if seq != b"1":
        raise Broken(f"row 1 of {_shown(subject)} is missing: its first is {_shown(seq)}")
    if previous is not None or before[-1] != " " or not PLAIN(subject):
        raise Broken(f"the first row of {_shown(subject)} says that others were before it")


def _broken(step: Step, head: Head, expected: bytes) -> Broken:
    """Why a row does not follow the newest of its subject."""
    (subject, seq, previous, before, _), (newest, number, state, line) = step, head
    of, next_ = _shown(subject), number + 1
    if seq != expected:
        if seq.isdigit() and len(seq) < 16 and int(seq) > next_:
            return Broken(f"row {next_} of {of} is missing before its row {_shown(seq)}")
        return Broken(f"row {_shown(seq)} of {of} stands where row {next_} belongs", line)
    if previous != newest:
        return Broken(f"row {next_} of {of} does not name the hash of its row {number}", line)
    return Broken(f"row {next_} of {of} starts from {before}, not from {state}", line)


def _shown(text: bytes) -> str:
    return text[:60].decode("ascii", "replace")
