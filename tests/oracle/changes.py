"""Corrections: other facts and their effects (R7, R35, R36, R40)."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from tests.oracle.days import DAY
from tests.oracle.entries import Entry
from tests.oracle.fold import Folded, Transition
from tests.oracle.statements import statement, total


def corrected(entries: Iterable[Entry], id: str, **facts: Any) -> list[Entry]:
    """The set with other facts (or another `when`) in one entry's place."""
    return [entry.but(**facts) if entry.id == id else entry for entry in entries]


def annulled(entries: Iterable[Entry], ids: Collection[str]) -> list[Entry]:
    """The set without these entries."""
    return [entry for entry in entries if entry.id not in ids]


def moved(before: Folded, after: Folded) -> tuple[list[Transition], list[Transition]]:
    """(superseded, added): the clock's steps that are no longer valid, and the missing ones."""
    old, new = Counter(before.transitions), Counter(after.transitions)
    return sorted((old - new).elements()), sorted((new - old).elements())


def money(before: Folded, after: Folded, months: Sequence[str]) -> dict[str, tuple[int, int]]:
    """The months whose total differs: (before, after) in yen."""
    totals = {month: (total(statement(before, month)), total(statement(after, month))) for month in months}
    return {month: pair for month, pair in totals.items() if pair[0] != pair[1]}


def days_served_beyond(folded: Folded, keyed_on: date) -> int:
    """R7: whole days served after the end and before the day of its entry, never days before billing."""
    days = folded.contract
    if days["effective_on"] is None or days["billing_starts_on"] is None:
        return 0
    first: date = max(days["effective_on"] + DAY, days["billing_starts_on"])
    return max(0, (keyed_on - first).days)
