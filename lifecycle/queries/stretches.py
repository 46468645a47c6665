"""The stretches of days of a contract or option on which one fee holds (Art. 7, Annex 1)."""

from collections.abc import Iterator
from datetime import date

from lifecycle.machines.dossier import Dossier, Option
from lifecycle.machines.items import changes_in_order
from lifecycle.terms import annex1_fees as annex1
from lifecycle.terms.calendar import DAY, Month


def by_fee(option: Option, first: date, last: date) -> list[annex1.Stretch]:
    """The stretches of some days in which the option's monthly fee stays the same."""
    turns = sorted({fee.from_on for fee in option.fees if first < fee.from_on <= last})
    starts = [first, *turns]
    ends = [*(day - DAY for day in turns), last]
    found: list[annex1.Stretch] = []
    for start, end in zip(starts, ends, strict=True):
        fee = option.monthly_fee_on(start) or 0
        if found and found[-1][2] == fee:
            found[-1] = (found[-1][0], end, fee)
        else:
            found.append((start, end, fee))
    return found


def by_item(dossier: Dossier, first: date, last: date) -> list[tuple[date, date]]:
    """The stretches of some days in which the item stays the same."""
    if not dossier.item_changes:
        return [(first, last)]
    turns = [
        c.effective_on for c in changes_in_order(dossier) if c.effective_on and first < c.effective_on <= last
    ]
    pairs = zip([first, *turns], [*turns, last + DAY], strict=True)
    return [(start, following - DAY) for start, following in pairs if start < following]


def days_by_month(first: date, *last: date | None) -> Iterator[tuple[date, date]]:
    """Some days, month by month: up to the earliest of the last days; None sets no limit."""
    until = min(day for day in last if day is not None)
    while first <= until:
        end = min(Month.of(first).last, until)
        yield first, end
        first = end + DAY
