"""Compares a stored contract with the replay of its history (R16, R33)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from lifecycle.audit.checks.found import Finding, differs
from lifecycle.audit.checks.stored import StoredContract
from lifecycle.machines.check import Refused
from lifecycle.machines.clock_keys import clock_keys, clock_rows
from lifecycle.machines.compared import reference_key
from lifecycle.machines.dossier import PARTS, Dossier, changes, row_id
from lifecycle.machines.enter import catch_up
from lifecycle.machines.entries import Row, entries_of, recorded_order
from lifecycle.machines.fold import fold
from lifecycle.machines.in_time import newest_place
from lifecycle.machines.line import Line
from lifecycle.machines.rewrite import as_folded
from lifecycle.machines.stateless_rows import assigned_to
from lifecycle.machines.table import NotPossible
from lifecycle.terms.editions import EDITIONS

_HINTS = frozenset(
    ("version", "seq", "head_hash", "line_at", "line_rank", "part_kinds", "assigned_to", "rulings_said")
)
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, AssertionError, NotPossible, Refused)


def folded(one: StoredContract, judged_from: datetime | None) -> tuple[Line, list[Row], datetime] | None:
    """The fold of a contract's rows up to the newest of them, its rows in order, and that instant.

    None where there are none, or no application. Raises one of UNREADABLE for rows that cannot be folded.
    """
    payloads = recorded_order(row for row in one.payloads if row is not None)
    if not payloads:
        return None
    until = max(datetime.fromisoformat(row["recorded_at"]) for row in payloads)
    line = fold(entries_of(payloads), until, EDITIONS, judged_from=judged_from)
    return None if line.dossier is None else (line, payloads, until)


def check_replay(one: StoredContract, line: Line, payloads: list[Row], until: datetime) -> Iterator[Finding]:
    """Return stored values that differ from the replay, and rows of the clock that are missing or superfluous."""
    stored = one.dossier
    expected = as_folded(stored, line)
    found = list(_values(stored, expected))
    if (
        found
        and (later := _caught_up(stored, until)) is not None
        and not list(_values(later, as_folded(later, line)))
    ):
        found = []  # timers of that instant may not have fired yet: not a difference
    yield from found
    yield from _beside(one, payloads)
    newest, known = newest_place(line.ordered), stored.contract.line_at
    if newest is not None and known is not None and known < newest[0]:
        why = "a late entry would be taken for one in time"
        yield differs("replay", stored.contract.id, "line_at", known, newest[0], why)
    yield from _superseded(one, payloads)
    yield from _clock(stored, line, payloads, until)


def _values(stored: Dossier, expected: Dossier) -> Iterator[Finding]:
    was = {subject.id: subject for subject in stored.subjects}
    for subject in expected.subjects:
        mine: Any = was.get(subject.id)
        if mine is None:
            yield Finding("replay", subject.id, "its history opens it, and it is not stored")
            continue
        for name, value in changes(mine, subject).items():
            if name not in _HINTS:
                why = "the replay of its history leads to another value"
                yield differs("replay", subject.id, name, getattr(mine, name), value, why)


def _caught_up(stored: Dossier, until: datetime) -> Dossier | None:
    try:
        return catch_up(stored, until)[0]
    except UNREADABLE:
        return None


def _beside(one: StoredContract, payloads: list[Row]) -> Iterator[Finding]:
    """Compare what no fold reads: the assignee, the kinds of parts, the normalised references."""
    contract = one.dossier.contract
    assigned = assigned_to(payloads, datetime.fromisoformat(payloads[-1]["recorded_at"]))
    if contract.assigned_to != assigned:
        why = "the newest row that assigns it says otherwise"
        yield differs("replay", contract.id, "assigned_to", contract.assigned_to, assigned, why)
    for kind, (name, bit) in PARTS.items():
        if getattr(one.dossier, name) and not contract.part_kinds & bit:
            why = f"it hides parts of the kind {kind}"
            yield differs("replay", contract.id, "part_kinds", contract.part_kinds, contract.part_kinds | bit, why)
    if one.searched != contract.reference:
        why = "the search would not find it"
        yield differs("replay", contract.id, "sought", one.searched, contract.reference, why)
    if one.others != (others := {reference_key(other) for other in contract.other_references}):
        why = "it would not be found by its other references"
        stored, expected = (" ".join(sorted(found)) for found in (one.others, others))
        yield differs("replay", contract.id, "other_references", stored, expected, why)
    for subject_id, (reference, key) in one.keys.items():
        if key is not None and key != reference_key(reference):
            why = "the reference would not be found by it"
            yield differs("replay", subject_id, "reference_key", key, reference_key(reference), why)


def _superseded(one: StoredContract, payloads: Iterable[Row]) -> Iterator[Finding]:
    said = {
        (row["subject"], seq, row["seq"], datetime.fromisoformat(row["recorded_at"]))
        for row in payloads
        for seq in (row.get("line") or {}).get("supersedes", ())
    }
    for subject, seq, by, _ in sorted(said - one.superseded):
        yield Finding("superseded", row_id(subject, seq), f"row {by} supersedes it, and the table does not say so")
    for subject, seq, by, _ in sorted(one.superseded - said):
        why = f"row {by} does not supersede it at that time, and the table says so"
        yield Finding("superseded", row_id(subject, seq), why)


def _clock(stored: Dossier, line: Line, payloads: list[Row], until: datetime) -> Iterator[Finding]:
    """Compare the valid rows of the clock with those of the fold; one due at `until` may not have fired yet."""
    standing = clock_rows(payloads)
    expected, found = Counter(clock_keys(line)), Counter({key: len(rows) for key, rows in standing.items()})
    for key in (expected - found).elements():
        if key[2] < until:
            yield Finding("clock", key[0], f"no row says that it came to {key[1]} at {key[2].isoformat()}")
    for key in (found - expected).elements():
        row = standing[key][-1]
        yield Finding(
            "clock", row_id(row["subject"], row["seq"]), f"the replay does not come to {key[1]} at that time"
        )
