"""The chain of each subject in an export: every row numbered, bound to the one before, a step of its machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lifecycle.audit.verifier.lines import Bad
from lifecycle.audit.verifier.supersession import Standing

Row = Mapping[str, Any]
Steps = Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]  # kind → event → from ("" opens) → to

TEXTS = (
    "actor", "effective_at", "event", "kind", "recorded_at", "subject", "terms", "to_state",
)  # fmt: skip
TEXTS_OR_NULL = ("approver", "caused_by", "due_at", "from_state", "previous_hash", "reason")
NAMES = frozenset((*TEXTS, *TEXTS_OR_NULL, "facts", "rulings", "seq"))
MAY_HAVE = frozenset(("line", "moved", "personal", "rulings_before"))
# The newest row of a subject: its hash, its number, kind and state, and the line it stands on. A plain tuple, as
# there may be millions, and Python's collector lets these alone.
Head = tuple[str, int, str, int]


@dataclass(slots=True)
class Chains:
    """The newest row of every subject so far.

    steps: of the machines. standing: which rows stand, None where rows are left out. heads: by subject.
    """

    steps: Steps
    standing: Standing | None = None
    heads: dict[str, Head] = field(default_factory=dict)

    def add(self, row: Row, digest: bytes, line: int) -> None:
        """Takes the next row of its chain. Raises Bad."""
        _check_fields(row)
        subject, seq = row["subject"], row["seq"]
        head = self.heads.get(subject)
        if head is None:
            if seq != 1:
                raise Bad(f"row 1 of {_shown(subject)} is missing: its first is {seq}")
            if row["previous_hash"] is not None or row["from_state"]:
                raise Bad(f"the first row of {_shown(subject)} says that others were before it")
        else:
            _check_follows(row, head)
        self._check_step(row, line)
        self.heads[subject] = (digest.hex(), seq, _state(row, "to_state"), line)

    def add_later(self, row: Row, digest: bytes, line: int) -> None:
        """Takes a row of which others of its chain may be left out: bound to the one before if it is the next."""
        _check_fields(row)
        subject, seq = row["subject"], row["seq"]
        head = self.heads.get(subject)
        if (row["previous_hash"] is None) != (seq == 1):
            raise Bad(f"row {seq} of {_shown(subject)} is not numbered as a row is")
        if head is not None and seq <= head[1]:
            raise Bad(f"row {seq} of {_shown(subject)} comes after its row {head[1]}")
        if head is not None and seq == head[1] + 1:
            _check_follows(row, head)
        self._check_step(row, line)
        self.heads[subject] = (digest.hex(), seq, _state(row, "to_state"), line)

    def end(self, said: Any) -> None:
        """Takes what the export says of a subject's state at its end. Raises Bad."""
        subject = said.get("subject") if isinstance(said, dict) else None
        head = self.heads.pop(subject, None) if isinstance(subject, str) else None
        if head is None:
            raise Bad(f"{_shown(str(subject))} has a state and no rows, or two states")
        digest, seq, now, line = head
        if said.get("seq") != seq:
            raise Bad(f"{subject} has {said.get('seq')} rows by its state, and {seq} in the export")
        if f"{said.get('kind')} {said.get('state')}" != now:
            raise Bad(f"{subject} is {said.get('state')} by its state, and {now} by its rows", line)
        if said.get("hash") != digest:
            raise Bad(f"{subject}: its state names another hash than that of its newest row", line)

    def _check_step(self, row: Row, line: int) -> None:
        kind, event, begin, end = row["kind"], row["event"], row["from_state"], row["to_state"]
        if "line" not in row:
            targets = self.steps.get(kind, {}).get(event, {}).get(begin or "")
            if targets is None:
                raise Bad(f"no {kind} takes the event {event} in the state {begin}")
            if end not in targets:
                raise Bad(f"no {kind} goes from {begin} to {end} by {event}")
        if self.standing is not None:
            self.standing.add(row, line)


def _check_fields(row: Row) -> None:
    names, seq = row.keys(), row.get("seq")
    if names != NAMES and not (names >= NAMES and names - NAMES <= MAY_HAVE):
        raise Bad("not the fields of a history row")
    if not all(isinstance(row[name], str) for name in TEXTS) or type(seq) is not int or seq < 1:
        raise Bad("a field of a history row is of the wrong kind")
    if not all(row[name] is None or isinstance(row[name], str) for name in TEXTS_OR_NULL):
        raise Bad("a field of a history row is of the wrong kind")


def _check_follows(row: Row, head: Head) -> None:
    (digest, number, state, line), of, seq = head, _shown(row["subject"]), row["seq"]
    if seq > number + 1:
        raise Bad(f"row {number + 1} of {of} is missing before its row {seq}")
    if seq != number + 1:
        raise Bad(f"row {seq} of {of} stands where row {number + 1} belongs", line)
    if row["previous_hash"] != digest:
        raise Bad(f"row {seq} of {of} does not name the hash of its row {number}", line)
    if (before := _state(row, "from_state")) != state:
        raise Bad(f"row {seq} of {of} starts from {before}, not from {state}", line)


def _state(row: Row, name: str) -> str:
    return f"{row['kind']} {row[name] or ''}"


def _shown(text: str) -> str:
    return text[:60].encode("ascii", "replace").decode()
