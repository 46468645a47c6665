"""The date rules a second time, by walking the calendar one day at a time.

Nothing here is shared with the service and nothing is computed with datetime: a day is (year, month, day),
the lengths of the months and the leap years are written down below, and days are counted one by one. Slow
and plain on purpose, so that a mistake in the service is unlikely to be repeated here. `datetime.date`
appears only where a day comes in or goes out.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import TypedDict

Day = tuple[int, int, int]
Notice = tuple[date, date | None]  # the day it arrived, the day the customer chose

LENGTHS = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
VERSIONS: tuple[Day, ...] = ((2020, 12, 1), (2021, 11, 1), (2022, 5, 1))
DAY_SECONDS = 24 * 60 * 60
TOKYO_SECONDS = 9 * 60 * 60
HOUR, MINUTE = r"([01]\d|2[0-3])", r"([0-5]\d)"
INSTANT = re.compile(
    rf"(\d{{4}})-(\d\d)-(\d\d)[Tt ]{HOUR}:{MINUTE}(?::([0-5]\d(?:\.\d+)?))?(?:([Zz])|([+-]){HOUR}:{MINUTE})",
    re.ASCII,
)


class Ending(TypedDict):
    """The end by one or more notices."""

    effective_on: date
    billing_starts: bool
    minimum_term_ends_on: date | None
    decided_by: str
    residual_days: int


def month_length(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else LENGTHS[month]


def after(day: Day) -> Day:
    """The next day."""
    year, month, number = day
    if number < month_length(year, month):
        return (year, month, number + 1)
    return (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)


def before(day: Day) -> Day:
    """The day before."""
    year, month, number = day
    if number > 1:
        return (year, month, number - 1)
    year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return (year, month, month_length(year, month))


def walk(first: Day, last: Day) -> Iterator[Day]:
    """Every day from the first to the last, both included; nothing if the last is before the first."""
    while first <= last:
        yield first
        first = after(first)


def how_many(first: Day, last: Day) -> int:
    return sum(1 for _ in walk(first, last))


def tuple_of(day: date) -> Day:
    return (day.year, day.month, day.day)


def tokyo_instant(iso: str) -> tuple[Day, Fraction]:
    """The day in Japan and the seconds since its midnight (R1). Such pairs compare in order of time."""
    match = INSTANT.fullmatch(iso)
    if match is None:
        raise ValueError(f"not an instant with an offset: {iso!r}")
    year, month, number, hour, minute, second, _, sign, off_hour, off_minute = match.groups()
    day = tuple_of(date(int(year), int(month), int(number)))
    clock = int(hour) * 3600 + int(minute) * 60 + Fraction(second or 0)
    offset = (int(off_hour) * 3600 + int(off_minute) * 60) * (-1 if sign == "-" else 1) if sign else 0
    clock += TOKYO_SECONDS - offset
    while clock >= DAY_SECONDS:
        day, clock = after(day), clock - DAY_SECONDS
    while clock < 0:
        day, clock = before(day), clock + DAY_SECONDS
    return day, clock


def tokyo_day(iso_instant: str) -> date:
    """R1: an instant belongs to the day it has in Japan."""
    return date(*tokyo_instant(iso_instant)[0])


def ends_at_utc(effective_on: date) -> str:
    """R3: the end of that day in Japan, written in UTC; 24:00 there is 15:00 on the same date."""
    hour = 24 - TOKYO_SECONDS // 3600
    return f"{effective_on.isoformat()}T{hour:02d}:00:00Z"


def thirty_days_elapse_on(arrived: date) -> date:
    """R2: the day of arrival is not counted; the day after is day 1; the answer is day 30."""
    day = tuple_of(arrived)
    for _ in range(30):
        day = after(day)
    return date(*day)


def term_last_day(start: date, months: int = 1) -> date:
    """R4: walk to the month reached and look there for the day with the start's number.

    Found: the term's last day is the one before it. Not found: the last day of that month.
    """
    if months < 1:
        raise ValueError("a term has at least one month")
    reached = (start.year, start.month)
    for _ in range(months):
        reached = (reached[0], reached[1] + 1) if reached[1] < 12 else (reached[0] + 1, 1)
    day: Day = (*reached, 1)
    while day[2] != start.day:
        if after(day)[2] == 1:
            return date(*day)
        day = after(day)
    return date(*before(day))


def article_6_day(arrived: date, chosen: date | None) -> date:
    """R6: of day 30 and the chosen day the one that is reached last."""
    thirtieth = thirty_days_elapse_on(arrived)
    return thirtieth if chosen is None or chosen <= thirtieth else chosen


def ending(billing_start: date | None, notices: Sequence[Notice], policy: str = "defer") -> Ending:
    """R12: each notice counts alone and the earliest day wins; on a tie the notice given first decides."""
    if not notices:
        raise ValueError("no notice, no ending")
    each = [one_ending(billing_start, notice, policy) for notice in notices]
    return min(each, key=lambda one: one["effective_on"])


def one_ending(billing_start: date | None, notice: Notice, policy: str) -> Ending:
    """R6, then R11 (an end before billing starts: no billing, no term), then R8 (inside the term)."""
    if policy not in ("defer", "residual_fee"):
        raise ValueError(f"unknown policy: {policy}")
    effective = article_6_day(*notice)
    decided_by = "notice_period" if effective == thirty_days_elapse_on(notice[0]) else "chosen_day"
    starts = billing_start is not None and effective >= billing_start
    last = term_last_day(billing_start) if billing_start is not None and starts else None
    residual = 0
    if last is not None and effective < last:
        if policy == "defer":
            effective, decided_by = last, "minimum_term"
        else:
            residual = how_many(after(tuple_of(effective)), tuple_of(last))
    return Ending(
        effective_on=effective,
        billing_starts=starts,
        minimum_term_ends_on=last,
        decided_by=decided_by,
        residual_days=residual,
    )


def option_ending(
    start: date, notices: Sequence[Notice], base_ends_on: date | None, policy: str = "defer"
) -> tuple[date | None, str | None, int]:
    """R18: (last day, whose end it is, days of the option's own term cut off by the base).

    On a tie the option's own notice decides. An option that never came to billing has no term to cut.
    """
    own = ending(start, notices, policy)["effective_on"] if notices else None
    if own is not None and (base_ends_on is None or own <= base_ends_on):
        return own, "option_notice", 0
    if base_ends_on is None:
        return None, None, 0
    cut = 0
    if base_ends_on >= start:
        cut = how_many(after(tuple_of(base_ends_on)), tuple_of(term_last_day(start)))
    return base_ends_on, "base_contract", cut


def days_over_served(effective_on: date, keyed_on: date) -> int:
    """R7: whole days after the last day and before the day on which the notice was entered."""
    return how_many(after(tuple_of(effective_on)), before(tuple_of(keyed_on)))


def terms_version(day: date) -> str | None:
    """R32: the newest text in force on that day; none before the first."""
    held = [version for version in VERSIONS if version <= tuple_of(day)]
    return "{:04d}-{:02d}-{:02d}".format(*held[-1]) if held else None
