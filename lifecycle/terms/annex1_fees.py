"""Annex 1: the charges of a month, as exact fractions; the result is rounded once to whole yen (R23, R24)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from lifecycle.terms.calendar import DAY, Month
from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms


def prorated(fee_yen: int, first: date, last: date, terms: Terms) -> Fraction:
    """The exact part of a monthly fee for the days first to last of one month (R23).

    calendar_days: by the number of days in the month. thirtieths: a thirtieth a day, and the whole fee for a
    whole month. none: always the whole fee.
    """
    month, served = Month.of(first), (last - first).days + 1
    policy = terms.settings.proration
    if policy == "none" or served == month.days:
        return Fraction(fee_yen)
    if policy == "thirtieths":
        return min(Fraction(fee_yen * served, 30), Fraction(fee_yen))
    return Fraction(fee_yen * served, month.days)


def part_of_fee(fee_yen: int, first: date, last: date, terms: Terms) -> Fraction:
    """The exact part of a monthly fee for some days of a month, even if the whole fee is owed (R23)."""
    if terms.settings.proration == "none":
        return Fraction(fee_yen * ((last - first).days + 1), Month.of(first).days)
    return prorated(fee_yen, first, last, terms)


@lru_cache(maxsize=4096)
def base_fee(item: str, first: date, last: date, terms: Terms) -> Ruling:
    """The monthly base fee of an item for the days served in one month (Annex 1 2(1), R23)."""
    fee = terms.items[item].monthly_fee_yen
    yen = floor(prorated(fee, first, last, terms))
    served = (last - first).days + 1
    return conclude(
        "monthly_base_fee", terms, terms.settings.proration, on=first, amount_yen=yen, days=served,
        item=item, fee_yen=fee, last_on=last, month_days=Month.of(first).days,
    )  # fmt: skip


Stretch = tuple[date, date, int]  # first and last day, and the monthly fee of these days in yen


def option_fees(stretches: Sequence[Stretch], terms: Terms) -> Ruling:
    """The DRM option's monthly fee for the days served in one month, where it changes within it (R22, R23).

    Each day counts with its own fee; the sum is rounded once. Under proration `none` the first day's fee counts.
    """
    (first, _, fee_yen), *later = stretches
    last = stretches[-1][1]
    if not later or terms.settings.proration == "none":
        return option_fee(fee_yen, first, last, terms)
    served = (last - first).days + 1
    exact = sum((Fraction(fee * ((end - start).days + 1), served) for start, end, fee in stretches), Fraction(0))
    yen = floor(exact * prorated(1, first, last, terms))
    return conclude(
        "monthly_option_fee", terms, f"changed_{terms.settings.proration}", on=first, amount_yen=yen, days=served,
        fees=tuple(stretches), month_days=Month.of(first).days,
    )  # fmt: skip


def option_fee(fee_yen: int, first: date, last: date, terms: Terms) -> Ruling:
    """The DRM option's quoted monthly fee for the days served in one month (Annex 1 2(2), R21, R23)."""
    yen = floor(prorated(fee_yen, first, last, terms))
    served = (last - first).days + 1
    return conclude(
        "monthly_option_fee", terms, terms.settings.proration, on=first, amount_yen=yen, days=served,
        fee_yen=fee_yen, last_on=last, month_days=Month.of(first).days,
    )  # fmt: skip


def residual_fee(fee_yen: int, first: date, last: date, terms: Terms, *, option: bool = False) -> Ruling:
    """The fee for days cut off the minimum term, month by month (R8 with residual_fee, R23).

    Under proration `none` the month of the end is already charged in full: only the months after it are owed.
    """
    total, start = Fraction(0), first
    while start <= last:
        end = min(last, Month.of(start).last)
        charged_whole = terms.settings.proration == "none" and start.day > 1
        total += Fraction(0) if charged_whole else prorated(fee_yen, start, end, terms)
        start = end + DAY
    yen, days = floor(total), (last - first).days + 1
    return conclude(
        "residual_fee", terms, about="option" if option else "contract", on=last, amount_yen=yen, days=days,
        from_on=first,
    )  # fmt: skip


def overage(item: str, meter: str, used: Decimal, month: Month, terms: Terms) -> Ruling:
    """The charge for use above the included amount: a started unit counts in full (Annex 1 2(1), R24)."""
    kept, values = terms.meters[meter], terms.items[item]
    unit, included = kept.unit, values.included[kept.included] * (kept.factor or terms.settings.gb_per_tb)
    over = max(Fraction(0), Fraction(used) - included)
    up = terms.settings.overage_rounding == "up"
    units = ceil(over) if up else floor(over)
    price = values.overage_yen[kept.price]
    return conclude(
        "overage", terms, terms.settings.overage_rounding, on=month.last, amount_yen=units * price,
        month=month, meter=meter, item=item, used=(str(used), unit), included=(str(included), unit),
        over=(str(units), unit), unit_price_yen=price,
    )  # fmt: skip


def clearing_needs_reason(meters: Sequence[str], month: Month, terms: Terms) -> Ruling:
    """Refuses to remove a recorded figure without a reason (R24)."""
    return conclude("clearing_needs_reason", terms, month=month, meters=tuple(meters))


def month_has_begun(first: date, today: date, terms: Terms) -> Ruling | None:
    """Refuses usage of a month that has not begun (R23, R34)."""
    if first <= today:
        return None
    return conclude("month_has_begun", terms, on=first)
