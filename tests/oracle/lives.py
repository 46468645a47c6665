"""Random contracts in 2022 to 2024, reproducible by seed. Every entry of a contract is valid.

`life(seed)` gives the facts, in legal order. The entries are drawn freely and those that the fold does not let
stand are left out, so that a life can be entered into any system that follows the readings. Where the readings
leave a draw open (two settings agreed at one moment, two entries of one subject on one day known by the day alone)
no life says anything.
"""

from datetime import datetime
from random import Random
from typing import Any

from tests.oracle.acts import ACTS, ask_to_end
from tests.oracle.days import DAY, TOKYO, civil, moment, start_of
from tests.oracle.drafts import FIRMS, FIRST, NAMES, Draft, filed, quoted
from tests.oracle.entries import CONTRACT, Entry
from tests.oracle.fold import fold

FAR = datetime(2100, 1, 1, tzinfo=TOKYO)


def life(seed: int, steps: int = 20) -> list[Entry]:
    """The entries of one contract in legal order. All are valid; a notice after the end may be moot."""
    return holding(wild(seed, steps))


def wild(seed: int, steps: int = 20) -> list[Entry]:
    """The entries as drawn, with the invalid ones."""
    draft = Draft(Random(seed), Random(f"forms of {seed}"))
    _beginning(draft)
    acts = [act for act, weight in ACTS.items() for _ in range(weight)]
    for _ in range(draft.random.randint(steps // 2, steps)):
        draft.today += draft.random.choice([0, 1, 2, 3, 5, 8, 13, 21]) * DAY
        draft.random.choice(acts)(draft)
    ask_to_end(draft)
    return draft.entries


def ends_at(entries: list[Entry], seed: int = 0) -> datetime:
    """An instant after all entries, up to some months later, at which to read the contract."""
    last = max(moment(entry.when) for entry in entries)
    return start_of(civil(last) + Random(seed).choice([1, 5, 40, 120, 250]) * DAY)


def holding(entries: list[Entry]) -> list[Entry]:
    """The valid entries among these, in legal order."""
    while True:
        folded = fold(entries, FAR)
        kept = [entry for entry in entries if entry.id not in folded.invalidated]
        if len(kept) == len(entries):
            at = folded.line.places
            return sorted(entries, key=lambda entry: (at[entry.id], entry.id))
        entries = kept


def _beginning(draft: Draft) -> None:
    """The application, mostly with its acceptance, often with an option."""
    random = draft.random
    draft.today = FIRST + random.randint(0, 500) * DAY
    received = draft.today
    item = random.choice(["premium", "premium", "basic"])
    delivery = _delivery(draft)
    draft.today += random.randint(0, 6) * DAY
    filed(
        draft, "contract", CONTRACT, received, draft.today, item=item, delivery=delivery,
        declarations={"laws_accepted": True, "rights_cleared": True},
        customer={"name": random.choice(FIRMS)}, administrator={"name": random.choice(NAMES)},
    )  # fmt: skip
    if draft.likely(0.55):
        filed(draft, "option", "option-1", received, draft.today)
    draft.start = draft.today + random.randint(0, 45) * DAY
    if draft.likely(0.08):
        draft.told("contract", CONTRACT, random.choice(["reject", "withdraw"]), draft.instant(draft.today))
        return
    if draft.likely(0.03):
        return
    accepted = draft.today if draft.likely(0.6) else draft.instant(draft.today)
    draft.told("contract", CONTRACT, "accept", accepted, billing_starts_on=draft.start)
    if draft.ids("option") and draft.likely(0.7):
        start = draft.start + random.choice([0, 0, 10, 30]) * DAY
        draft.told("option", "option-1", "accept", accepted, billing_starts_on=start, **quoted(draft))


def _delivery(draft: Draft) -> dict[str, Any]:
    delivery: dict[str, Any] = {"custom_domain": None, "https": False}
    if draft.likely(0.3):
        met = draft.likely(0.5)
        delivery["custom_domain"] = {"name": "v.example.jp", "acquired": met, "dns_registered": False}
    if draft.likely(0.1):
        delivery |= {"https": True, "certificate_obtained": False}
    return delivery
