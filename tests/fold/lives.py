"""The lives that the service can live already: those of the oracle without the events that it does not have."""

from tests.oracle import lives
from tests.oracle.days import term_last
from tests.oracle.entries import Entry

MISSING = {"end_by_agreement", "change_particulars", "succeed", "set_fee", "change_fees"}  # events still to come
STARTS = ("accept", "reschedule_billing")


def life(seed: int, steps: int = 20) -> list[Entry]:
    """The life of a seed, without what the service lacks and what rests on that."""
    return known(lives.life(seed, steps))


def known(entries: list[Entry]) -> list[Entry]:
    """The entries that the service has events for, and of these the ones that still hold."""
    kept = [entry for entry in entries if entry.event not in MISSING and not _deferred(entry, entries)]
    return entries if len(kept) == len(entries) else lives.holding(kept)


def _deferred(entry: Entry, entries: list[Entry]) -> bool:
    """A company's end inside the minimum term: the service still defers it (R31)."""
    if entry.event != "end_by_company":
        return False
    starts = [e.facts["billing_starts_on"] for e in entries if e.kind == "contract" and e.event in STARTS]
    return any(start <= entry.facts["ends_on"] < term_last(start) for start in starts)
