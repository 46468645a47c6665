"""Mistakes of the desk in a random contract: a mistyped entry, and one that belongs elsewhere (R35, R36).

The wrong life holds as well, so that it can be entered first and put right afterwards. Put right, it must come to
what the right life comes to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from tests.oracle.days import DAY, civil, moment
from tests.oracle.entries import CONTRACT, Entry
from tests.oracle.fold import fold
from tests.oracle.lives import FAR

# the fact in which an entry is mistyped; "when" is its own day or instant
MISTYPED = {
    "notify_cancellation": "when", "accept": "billing_starts_on", "reschedule_billing": "billing_starts_on",
    "end_by_company": "ends_on", "end_by_agreement": "ends_on", "recover": "when", "change_fees": "from_on",
}  # fmt: skip
SHIFTS = (-31, -20, -10, -3, -1, 1, 3, 10, 20, 31)


@dataclass(frozen=True)
class Mistake:
    """wrong: the contract with the mistake. entry: the wrong one. right: its true facts; None: annul it."""

    wrong: list[Entry]
    entry: str
    right: Mapping[str, Any] | None


def mistyped(entries: list[Entry], seed: int) -> Mistake | None:
    """One entry with a day or an instant that is off by some days."""
    random = Random(seed)
    candidates = [(entry, days) for entry in entries if entry.event in MISTYPED for days in SHIFTS]
    for entry, days in random.sample(candidates, len(candidates)):
        name = "effective_on" if entry.kind == "item_change" else MISTYPED[entry.event]
        true = entry.when if name == "when" else entry.facts[name]
        wrong = [other.but(**{name: true + days * DAY}) if other is entry else other for other in entries]
        if _holds(wrong, entries):
            return Mistake(wrong, entry.id, {name: true})
    return None


def misfiled(entries: list[Entry], seed: int) -> Mistake | None:
    """A notice that is another contract's."""
    random = Random(seed)
    days = sorted({civil(entry.when) for entry in entries})
    for day in random.sample(days, len(days)):
        notice = Entry("misfiled", "contract", CONTRACT, "notify_cancellation", day, {"chosen_on": None})
        if _holds([*entries, notice], entries) and not any(
            e.when == day and e.event == notice.event for e in entries
        ):
            return Mistake([*entries, notice], notice.id, None)
    return None


def _holds(wrong: list[Entry], entries: list[Entry]) -> bool:
    """Whether all entries are valid and none is entered before it happened."""
    last: datetime = max(moment(entry.when) for entry in entries)
    return not fold(wrong, FAR).invalidated and all(moment(entry.when) <= last for entry in wrong)
