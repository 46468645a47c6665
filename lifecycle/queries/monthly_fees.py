"""The monthly fees of a contract and its options, by the rulings behind them or in yen alone (Annex 1 2, R23).

Pure. Days on which one fee holds are a stretch. A month in which nothing turns costs what the month before it did:
whole months of one fee cost that fee.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial

from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.items import changes_in_order, item_as_if_in_force
from lifecycle.queries.issued import About
from lifecycle.terms import annex1_fees as annex1
from lifecycle.terms.calendar import DAY, Month
from lifecycle.terms.editions import Editions
from lifecycle.terms.ruling import Ruling
from lifecycle.terms.version import Terms


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


BASE_FEE, OPTION_FEE = "monthly_base_fee", "monthly_option_fee"
FeeFrom = tuple[date, Ruling]  # from which day, and the fee


def served(holder: Contract | Option, until: date, only: Month | None = None) -> Iterator[tuple[date, date]]:
    """The days served, month by month: from the billing start to the end, as far as `until`'s month."""
    starts_on, ends_on = holder.billing_starts_on, holder.effective_on
    if starts_on is None or holder.never_billed:
        return
    month = Month.of(starts_on)
    if only is not None:
        month, until = max(month, only), min(until, only.last)
    while month.first <= until and (ends_on is None or month.first <= ends_on):
        yield max(month.first, starts_on), min(month.last, ends_on or month.last)
        month = month.following


def fees_in_force(day: date, holder: Contract | Option, editions: Editions) -> Terms:
    """The version that governs a month's fees: that of the later of its first day and the billing start (R32)."""
    first = Month.of(day).first
    return editions.on(max(first, holder.billing_starts_on or first))


def base_fees(dossier: Dossier, editions: Editions, until: date, only: Month | None) -> Iterator[FeeFrom]:
    """The base fee of each month up to a day, and of each item within it."""
    contract = dossier.contract
    for first, last in served(contract, until, only):
        for start, end in by_item(dossier, first, last):
            terms = fees_in_force(start, contract, editions)
            if terms.settings.proration == "none" and start != first:
                continue  # the whole month's fee is the first item's
            yield start, annex1.base_fee(item_as_if_in_force(dossier, start), start, end, terms)


def option_fees(option: Option, editions: Editions, until: date, only: Month | None) -> Iterator[FeeFrom]:
    """The fee of each month up to a day for an option; none where no fee is agreed."""
    if option.monthly_fee_yen is not None:
        for first, last in served(option, until, only):
            yield first, annex1.option_fees(by_fee(option, first, last), fees_in_force(first, option, editions))


def monthly_amounts(dossier: Dossier, until: Month, editions: Editions) -> dict[About, int]:
    """What the fees of the months up to one come to, in yen."""
    contract = dossier.contract
    turns = [change.effective_on for change in changes_in_order(dossier) if change.effective_on is not None]
    turns += editions.first_days
    by_month = _by_month(contract, until, turns, partial(base_fees, dossier, editions))
    found = {About(month, BASE_FEE, contract.id): yen for month, yen in by_month}
    for option in dossier.options:
        turns = [fee.from_on for fee in option.fees]
        by_month = _by_month(option, until, turns, partial(option_fees, option, editions))
        if option.monthly_fee_yen is not None:
            found |= {About(month, OPTION_FEE, option.id): yen for month, yen in by_month}
    return found


def _by_month(
    holder: Contract | Option,
    until: Month,
    turns: Iterable[date],
    fees_of: Callable[[date, Month], Iterable[FeeFrom]],
) -> Iterator[tuple[Month, int]]:
    """The months served up to one with what each costs. turns: the days from which another fee may hold."""
    starts_on, ends_on = holder.billing_starts_on, holder.effective_on
    if starts_on is None or holder.never_billed:
        return
    days = {starts_on, *turns} if ends_on is None else {starts_on, *turns, ends_on + DAY}
    turning = {Month.of(day) for day in days}
    turning |= {Month.of(day).following for day in days if day.day > 1}
    month, last = Month.of(starts_on), until if ends_on is None else min(until, Month.of(ends_on))
    while month <= last:
        if month in turning:
            yen = sum([fee.amount_yen or 0 for _, fee in fees_of(month.last, month)])
        yield month, yen
        month = month.following
