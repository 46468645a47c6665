"""The amount rules a second time: whole yen, exact fractions inside, rounded once. No service code."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from tests.oracle.calendar import (
    DAY_SECONDS,
    after,
    how_many,
    month_length,
    term_last_day,
    tokyo_instant,
    tuple_of,
)

INITIAL = {"basic": 80_000, "premium": 150_000}
MONTHLY = {"basic": 100_000, "premium": 200_000}
# (item, meter) -> (included in the monthly fee, yen per unit above it); 1 TB = 1,000 GB
OVERAGE = {
    ("basic", "transcode_hours"): (100, 150),
    ("basic", "storage_gb"): (2_000, 7),
    ("basic", "delivery_gb"): (1_000, 8),
    ("basic", "live_hours"): (70, 75),
    ("premium", "transcode_hours"): (200, 400),
    ("premium", "storage_gb"): (5_000, 7),
    ("premium", "delivery_gb"): (10_000, 7),
    ("premium", "live_hours"): (150, 150),
}


def initial_fee(item: str) -> int:
    """Annex 1 no. 1 (R22)."""
    return INITIAL[item]


def monthly_fee(item: str) -> int:
    """Annex 1 no. 2 (R22)."""
    return MONTHLY[item]


def rounded(amount: Fraction, rounding: str = "floor") -> int:
    """One rounding to whole yen, at the very end."""
    whole, rest = divmod(amount.numerator, amount.denominator)
    ups = {"floor": False, "ceil": rest > 0, "half_up": 2 * rest >= amount.denominator}
    return whole + ups[rounding]


def prorated(fee: int, month: str, first_day: int, last_day: int, policy: str = "calendar_days") -> int:
    """R23: the fee of a calendar month served from its first_day to its last_day, both included.

    A month served whole costs the whole fee, however long it is; no part of a month costs more than that.
    """
    length = month_length(int(month[:4]), int(month[5:]))
    if not 1 <= first_day <= last_day <= length:
        raise ValueError(f"{month} has no days {first_day} to {last_day}")
    served = last_day - first_day + 1
    parts = {"none": 1, "calendar_days": length, "thirtieths": 30}[policy]
    if served == length or served >= parts:
        return fee
    return rounded(Fraction(fee * served, parts))


def credit_units(seconds: int) -> int:
    """R25: full stretches of 24 hours."""
    return seconds // DAY_SECONDS


def credit_exact(fees: Sequence[int]) -> Fraction:
    """R25: a thirtieth of the monthly base fee for each unit, one entry per unit, before rounding."""
    return sum((Fraction(fee, 30) for fee in fees), Fraction(0))


def credit_yen(fees: Sequence[int], rounding: str = "floor") -> int:
    """R25: the credit for the units whose monthly base fees are given, rounded once."""
    return rounded(credit_exact(fees), rounding)


def unit_days(counted_from: str, units: int) -> list[date]:
    """R26: the day on which each unit starts, the first one at the given instant, each 24 hours on."""
    day = tokyo_instant(counted_from)[0]
    days = []
    for _ in range(units):
        days.append(date(*day))
        day = after(day)
    return days


def clip_seconds(known: str, recovered: str, start_day: date | None, end_day: date | None) -> int:
    """R26: whole seconds of the outage inside [start_day 00:00, the day after end_day 00:00) in Japan.

    None leaves that side open.
    """
    begin, finish = tokyo_instant(known), tokyo_instant(recovered)
    if start_day is not None:
        begin = max(begin, (tuple_of(start_day), Fraction(0)))
    if end_day is not None:
        finish = min(finish, (after(tuple_of(end_day)), Fraction(0)))
    if finish <= begin:
        return 0
    midnights = how_many(after(begin[0]), finish[0])
    return int(midnights * DAY_SECONDS + finish[1] - begin[1])


def claim_window(known_at: str) -> tuple[date, date]:
    """R27: (the day 24 hours were reached, the last day of three months counted from the next day)."""
    claimable = after(tokyo_instant(known_at)[0])
    return date(*claimable), term_last_day(date(*after(claimable)), 3)


def overage_units(item: str, meter: str, used: str) -> int:
    """R24: units above what the monthly fee includes; a begun unit counts."""
    amount = Fraction(used)
    if amount < 0:
        raise ValueError(f"less than nothing was used: {used}")
    above = amount - OVERAGE[item, meter][0]
    return rounded(above, "ceil") if above > 0 else 0


def overage_yen(item: str, meter: str, used: str) -> int:
    """R24: what a month's use of one meter costs above the monthly fee."""
    return overage_units(item, meter, used) * OVERAGE[item, meter][1]
