"""The state is the fold of the valid entries in legal order, with the clock's transitions between them (R16).

The line consists of the contract, its options, item changes and measures: the clock fires their timers at the due
instants. Credits are derived from the finished line (derive_credit.py); usage and erasures have no timers.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache, partial
from itertools import takewhile
from types import MappingProxyType

from lifecycle.machines.check import Refused
from lifecycle.machines.entries import HumanEntry
from lifecycle.machines.folding import Entering, Folding
from lifecycle.machines.legal_order import Ordered, in_legal_order, legal_orders
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
    """Fold entries up to an instant; they may be in any order.

    judged_from: entries recorded before it are not judged at their places, because the version of that time did
    not do so. entering: the entries that are also judged by the rules about entering, by id: when and with which
    reason a person enters or corrects them.
    """
    return _finished(in_legal_order(entries), until, editions, judged_from, entering)


def fold_both(
    before: Sequence[HumanEntry],
    after: Sequence[HumanEntry],
    until: datetime,
    editions: Editions = EDITIONS,
    *,
    judged_from: datetime | None = None,
    entering: Entering = MappingProxyType({}),
) -> tuple[Callable[[], Line], Line]:
    """Fold the entries before and after a change; `entering` is for those after it.

    The former fold is computed on demand. Up to the first different entry the two are one fold, unless an entry
    there depends on a later one.
    """
    first, second = legal_orders(before, after)
    begun: Folding | None = Folding(first, editions, judged_from, {}, {})
    assert begun is not None
    begun.take(_alike(first, second, entering, until))
    if begun.looked_ahead:
        begun = None
    return (
        cache(partial(_finished, first, until, editions, judged_from, {}, begun)),
        _finished(second, until, editions, judged_from, entering, begun),
    )


def _alike(first: Ordered, second: Ordered, entering: Entering, until: datetime) -> int:
    """The number of equal entries, up to an instant, at the start of two orders."""
    pairs = zip(first, second, strict=False)
    alike = takewhile(lambda p: p[0] == p[1] and p[0][0] <= until and p[0][1].id not in entering, pairs)
    return sum(1 for _ in alike)


def _finished(
    ordered: Ordered,
    until: datetime,
    editions: Editions,
    judged_from: datetime | None,
    entering: Entering,
    begun: Folding | None = None,
) -> Line:
    """A complete fold. begun: a fold of its first entries, none of which loses its effect."""
    last = ordered[-1][0] if ordered else until  # the judgement does not depend on the instant of the fold
    without: dict[str, Refused | NotPossible] = {}
    while True:
        if begun is not None and not without:
            folding = begun.going_on(ordered, entering)
        else:
            folding = Folding(ordered, editions, judged_from, entering, without)
        folding.run(min(until, last))
        judged = folding
        if until < last:
            judged = folding.going_on(ordered, entering)
            judged.run(last)
        falls = judged.falls()
        if falls is None:
            break
        without[falls[0]] = falls[1]
    folding.run(until)
    folding.take_timeless()
    folding.derive_credits(until)
    for at, entry in ordered:
        if at > until and entry.id in entering:
            _judge_coming(folding, at, entry)
    return folding.line


def _judge_coming(folding: Folding, at: datetime, entry: HumanEntry) -> None:
    """Judge an entry with a future place as if it were now; it changes nothing yet."""
    line = folding.line
    dossier, transitions = line.dossier, list(line.transitions)
    folding.enter(at, entry)
    line.dossier, line.transitions = dossier, transitions
