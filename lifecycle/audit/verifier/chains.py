"""The chain of each subject in an export: every row is numbered, chained to the previous one, and a step of its
machine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lifecycle.audit.verifier.editions import HeldEditions
from lifecycle.audit.verifier.gaps import Gaps
from lifecycle.audit.verifier.kept import ARCHIVES, ISSUES, MARKS, SETTLES
from lifecycle.audit.verifier.lines import Bad
from lifecycle.audit.verifier.row_members import check_mark, issued_month, settled_refund
from lifecycle.audit.verifier.supersession import Standing

Row = Mapping[str, Any]
Steps = Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]  # kind → event → from ("" opens) → to
TEXTS = ("actor", "effective_at", "event", "kind", "recorded_at", "subject", "terms", "to_state")
TEXTS_OR_NULL = ("approver", "caused_by", "due_at", "from_state", "previous_hash", "reason")
NAMES = frozenset((*TEXTS, *TEXTS_OR_NULL, "facts", "rulings", "seq"))
MAY_HAVE = frozenset(("edition", "line", "moved", "personal", "rulings_before"))
UNKNOWN = ""  # kind and state after an archived row, unknown until the next row
# The newest row of a subject: hash, number, kind and state, line. A plain tuple: there may be millions of them.
Head = tuple[str, int, str, int]


@dataclass(slots=True)
class Chains:
    """The newest row of every subject so far.

    standing: which rows are valid, None if rows may be missing. sent: by contract, its issued months and settled
    refunds.
    """

    steps: Steps
    standing: Standing | None = None
    editions: HeldEditions = field(default_factory=HeldEditions)
    gaps: Gaps = field(default_factory=Gaps)
    heads: dict[str, Head] = field(default_factory=dict)
    sent: dict[str, set[str]] = field(default_factory=dict)

    def add(self, row: Row, digest: bytes, line: int) -> None:
        """Add the next row of its chain. Raises Bad."""
        _check_fields(row)
        if row["event"] == ARCHIVES:
            self._close_gaps(row, line)
        subject, seq, head, whole = row["subject"], row["seq"], self.heads.get(row["subject"]), self.standing
        if head is None and seq != 1 and whole:
            raise Bad(f"row 1 of {subject} is missing: its first is {seq}")
        if (seq == 1) != (row["previous_hash"] is None) or (seq == 1) != (not row["from_state"]):
            raise Bad(f"row {seq} of {subject} does not say of the rows before it what a row of its number says")
        if head is not None and (whole or seq <= head[1] + 1):
            _check_follows(row, *head)
        kind, event, begin, end = row["kind"], row["event"], row["from_state"], row["to_state"]
        if "line" not in row:
            targets = self.steps.get(kind, {}).get(event, {}).get(begin or "")
            if targets is None:
                raise Bad(f"no {kind} takes the event {event} in the state {begin}")
            if end not in targets:
                raise Bad(f"no {kind} goes from {begin} to {end} by {event}")
        self.editions.add(row, line)
        if event == ISSUES:
            self._once(subject, issued_month(row), "the statement of {} was sent before: a month is issued once")
        elif event == SETTLES:
            self._once(subject, settled_refund(row), "{} was settled before: it is settled once")
        elif event == MARKS:
            check_mark(row)
        if self.standing is not None:
            self.standing.add(row, line)
        self.heads[subject] = (digest.hex(), seq, f"{kind} {end}", line)

    def leave_out(self, subject: str, seq: int, digest: bytes, line: int) -> None:
        """Count an archived row: its number and its hash are known. Raises Bad."""
        head = self.heads.get(subject)
        if seq != (1 if head is None else head[1] + 1):
            raise Bad(f"the archived row {seq} of {subject} does not follow the row before it")
        self.gaps.add(subject, line)
        self.heads[subject] = (digest.hex(), seq, UNKNOWN, line)
        if self.standing is not None:
            self.standing.leave_out(subject)

    def _close_gaps(self, row: Row, line: int) -> None:
        """Compare the chains with a row `archive_history`. Raises Bad if they differ."""
        for subject, kind, state, seq, digest in self.gaps.close(row):
            head = self.heads.get(subject)
            if head is None and self.standing is None:
                continue  # an export of some rows
            if head is None or head[:2] != (digest, seq) or head[2] not in (UNKNOWN, f"{kind} {state}"):
                raise Bad(f"the chain of {subject} is not the one that this row says was archived")
            self.heads[subject] = (digest, seq, f"{kind} {state}", head[3])

    def end(self, said: Any) -> None:
        """Compare a subject's state at the end of the export. Raises Bad."""
        subject = said.get("subject") if isinstance(said, dict) else None
        if not isinstance(subject, str) or (head := self.heads.pop(subject, None)) is None:
            raise Bad(f"{subject} has a state and no rows, or two states")
        digest, seq, now, line = head
        if said.get("seq") != seq:
            raise Bad(f"{subject} has {said.get('seq')} rows by its state, and {seq} in the export")
        if f"{said.get('kind')} {said.get('state')}" != now:
            raise Bad(f"{subject} is {said.get('state')} by its state, and {now} by its rows", line)
        if said.get("hash") != digest:
            raise Bad(f"{subject}: its state names another hash than that of its newest row", line)

    def _once(self, subject: str, what: str, why: str) -> None:
        known = self.sent.setdefault(subject, set())
        if what in known:
            raise Bad(why.format(what))
        known.add(what)


def _check_fields(row: Row) -> None:
    names, seq = row.keys(), row.get("seq")
    if names != NAMES and not (names >= NAMES and names - NAMES <= MAY_HAVE):
        raise Bad("not the fields of a history row")
    texts = [row[name] for name in TEXTS] + [row[name] for name in TEXTS_OR_NULL if row[name] is not None]
    if set(map(type, texts)) != {str} or type(seq) is not int or not row["subject"].isascii():
        raise Bad("a field of a history row is of the wrong kind")


def _check_follows(row: Row, digest: str, number: int, state: str, line: int) -> None:
    of, seq, before = row["subject"], row["seq"], f"{row['kind']} {row['from_state']}"
    if seq > number + 1:
        raise Bad(f"row {number + 1} of {of} is missing before its row {seq}")
    if seq != number + 1:
        raise Bad(f"row {seq} of {of} stands where row {number + 1} belongs", line)
    if row["previous_hash"] != digest:
        raise Bad(f"row {seq} of {of} does not name the hash of its row {number}", line)
    if state not in (UNKNOWN, before):
        raise Bad(f"row {seq} of {of} starts from {before}, not from {state}", line)
