"""State is the fold of the entries that stand, in legal order, with the clock's transitions between them (R16).

The line is the contract, its options, item changes and measures: the clock fires their timers as of the due
instants. Credits are derived from the finished line (derive_credit.py); usage and erasures have no timers.
"""

from collections.abc import Iterable
from datetime import datetime
from types import MappingProxyType

from lifecycle.machines.check import Refused
from lifecycle.machines.entries import HumanEntry
from lifecycle.machines.folding import Entering, Folding
from lifecycle.machines.legal_order import in_legal_order
from lifecycle.machines.line import Line
from lifecycle.machines.table import NotPossible
from lifecycle.terms.editions import EDITIONS, Editions


def fold(
    entries: Iterable[HumanEntry],
    until: datetime,
    editions: Editions = EDITIONS,
    *,
    judged_from: datetime | None = None,
    entering: Entering = MappingProxyType({}),
) -> Line:
    """Folds entries up to an instant, in whatever order they come.

    judged_from: entries recorded before it are not judged at their places, for the version of then did not.
    entering: the entries about which the act of entering is judged too, by id: when and with which reason somebody
    enters or corrects them.
    """
    ordered = in_legal_order(entries)
    last = max((at for at, _ in ordered), default=until)  # whenever one looks, the judgement is the same
    without: dict[str, Refused | NotPossible] = {}
    while True:
        folding = Folding(ordered, editions, judged_from, entering, without)
        folding.run(last)
        falls = folding.falls()
        if falls is None:
            break
        without[falls[0]] = falls[1]
    if until < last:
        folding = Folding(ordered, editions, judged_from, entering, without)
    folding.run(until)
    folding.take_timeless()
    folding.derive_credits(until)
    for at, entry in ordered:
        if at > until and entry.id in entering:
            folding.judge_coming(at, entry)
    return folding.line
