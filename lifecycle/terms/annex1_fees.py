"""Annex 1: the charges of a month, as exact fractions; the result is rounded once to whole yen (R23, R24)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from lifecycle.terms.calendar import DAY, Month
from lifecycle.terms.editions import Terms, ja
from lifecycle.terms.ruling import Ruling, count

METERS = {
    "transcode_hours": ("transcode_hours", "transcode_hour", 1, "hour", "時間", "トランスコード時間"),
    "storage_gb": ("storage_tb", "storage_gb", None, "GB", "GB", "ストレージ容量"),
    "delivery_gb": ("delivery_tb", "delivery_gb", None, "GB", "GB", "配信データ量"),
    "live_hours": ("live_hours", "live_hour", 1, "hour", "時間", "LIVEチャンネル稼働時間"),
}


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


@lru_cache(maxsize=4096)
def base_fee(item: str, first: date, last: date, terms: Terms) -> Ruling:
    """The monthly base fee of an item for the days served in one month (Annex 1 2(1), R23)."""
    fee = terms.items[item].monthly_fee_yen
    yen = floor(prorated(fee, first, last, terms))
    served = (last - first).days + 1
    return Ruling(
        "monthly_base_fee", "Art. 7, Annex 1", "R23", terms.version,
        f"The monthly base fee of {item}, {fee:,} yen, for {first} to {last}, {served} of "
        f"{Month.of(first).days} days, {_PRORATION[terms.settings.proration]}: {yen:,} yen.",
        f"品目{terms.items[item].name_ja}の月額基本料{fee:,}円の{ja(first)}から{ja(last)}まで"
        f"{Month.of(first).days}日中{served}日分（{_PRORATION_JA[terms.settings.proration]}）は{yen:,}円である。",
        on=first, amount_yen=yen, days=served, assumed=terms.assumed,
    )  # fmt: skip


Stretch = tuple[date, date, int]  # days first to last, and the monthly fee of each of them in yen


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
    fees = "; ".join(f"{fee:,} yen for {start} to {end}" for start, end, fee in stretches)
    fees_ja = "、".join(f"{ja(start)}から{ja(end)}まで{fee:,}円" for start, end, fee in stretches)
    return Ruling(
        "monthly_option_fee", "Art. 7, Annex 1", "R22", terms.version,
        f"The agreed monthly fee of the DRM option, {fees}, for {served} of {Month.of(first).days} days, "
        f"{_PRORATION[terms.settings.proration]}: {yen:,} yen.",
        f"DRMオプションの合意した月額費用（{fees_ja}）の{Month.of(first).days}日中{served}日分"
        f"（{_PRORATION_JA[terms.settings.proration]}）は{yen:,}円である。",
        on=first, amount_yen=yen, days=served, assumed=terms.assumed,
    )  # fmt: skip


def option_fee(fee_yen: int, first: date, last: date, terms: Terms) -> Ruling:
    """The DRM option's quoted monthly fee for the days served in one month (Annex 1 2(2), R21, R23)."""
    yen = floor(prorated(fee_yen, first, last, terms))
    served = (last - first).days + 1
    return Ruling(
        "monthly_option_fee", "Art. 7, Annex 1", "R21", terms.version,
        f"The quoted monthly fee of the DRM option, {fee_yen:,} yen, for {first} to {last}, {served} of "
        f"{Month.of(first).days} days, {_PRORATION[terms.settings.proration]}: {yen:,} yen.",
        f"DRMオプションの月額費用{fee_yen:,}円（提示額）の{ja(first)}から{ja(last)}まで"
        f"{Month.of(first).days}日中{served}日分（{_PRORATION_JA[terms.settings.proration]}）は{yen:,}円である。",
        on=first, amount_yen=yen, days=served, assumed=terms.assumed,
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
    return Ruling(
        "residual_fee", "Art. 5(4)" if option else "Art. 2", "R8", terms.version,
        f"The end cuts {count(days, 'day')} off the minimum term, {first} to {last}; the fee for them, "
        f"{yen:,} yen, is owed.",
        f"最低利用期間の残り{days}日分（{ja(first)}から{ja(last)}まで）の料金{yen:,}円の支払義務が生じる。",
        on=last, amount_yen=yen, days=days, assumed=terms.assumed,
    )  # fmt: skip


def overage(item: str, meter: str, used: Decimal, month: Month, terms: Terms) -> Ruling:
    """The charge for use above the included amount: a started unit counts in full (Annex 1 2(1), R24)."""
    included_name, price_name, factor, unit, unit_ja, name_ja = METERS[meter]
    values = terms.items[item]
    included = values.included[included_name] * (factor or terms.settings.gb_per_tb)
    over = max(Fraction(0), Fraction(used) - included)
    up = terms.settings.overage_rounding == "up"
    units = ceil(over) if up else floor(over)
    begun, begun_ja = ("rounded up", "端数切上げ") if up else ("rounded down", "端数切捨て")
    price = values.overage_yen[price_name]
    return Ruling(
        "overage", "Art. 7, Annex 1", "R24", terms.version,
        f"{meter} in {month}: {used} used, {included} included in {item}; {count(units, unit)} over, "
        f"{begun}, at {price} yen each: {units * price:,} yen.",
        f"{month.year}年{month.number}月の{name_ja}は{used}{unit_ja}であり、{values.name_ja}に含まれる量は"
        f"{included}{unit_ja}である。超過{units}{unit_ja}（{begun_ja}）×{price}円＝{units * price:,}円。",
        on=month.last, amount_yen=units * price, assumed=terms.assumed,
    )  # fmt: skip


def clearing_needs_reason(meters: Sequence[str], month: Month, terms: Terms) -> Ruling:
    """Refuses to remove a recorded figure without a reason (R24)."""
    names_ja = "、".join(METERS[meter][-1] for meter in meters)
    return Ruling(
        "clearing_needs_reason", "Art. 7, Annex 1", "R24", terms.version,
        f"Removing {', '.join(meters)} of {month} needs a reason.",
        f"{month.year}年{month.number}月の{names_ja}を削除するには理由を要する。", assumed=terms.assumed,
    )  # fmt: skip


def month_has_begun(first: date, today: date, terms: Terms) -> Ruling | None:
    """Refuses usage of a month that has not begun (R23, R34)."""
    if first <= today:
        return None
    return Ruling(
        "month_has_begun", "Art. 7, Annex 1", "R23", terms.version,
        f"The month that starts on {first} has not begun.", f"{ja(first)}に始まる月はまだ始まっていない。",
        on=first, assumed=terms.assumed,
    )  # fmt: skip


_PRORATION = {
    "calendar_days": "prorated by calendar days",
    "thirtieths": "prorated at a thirtieth a day",
    "none": "not prorated",
}
_PRORATION_JA = {
    "calendar_days": "暦日による日割り",
    "thirtieths": "1日につき30分の1",
    "none": "日割りなし",
}
