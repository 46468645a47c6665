"""Values of the terms, and days and instants in Japan (R1 to R4)."""

from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

VERSIONS = (date(2020, 12, 1), date(2021, 11, 1), date(2022, 5, 1))
INITIAL = {"basic": 80_000, "premium": 150_000}
MONTHLY = {"basic": 100_000, "premium": 200_000}
DRM_NEEDS, NOTICE_DAYS, UNIT, FEE_DIVISOR, CLAIM_MONTHS = "premium", 30, timedelta(hours=24), 30, 3
SETTINGS = {
    "within_minimum_term": "defer", "several_notices": "earliest", "yen_rounding": "floor",
    "shift_last_days": False, "company_end_within_minimum_term": "ends",
}  # fmt: skip
CONDITIONS = {"domain": "Art. 3(1)(1)", "dns": "Art. 3(1)(2)", "certificate": "Art. 3(1)(3)"}
MEASURES = {
    "suspension": "Art. 10(1)(1)", "consultation": "Art. 10(1)(2)", "deletion_request": "Art. 10(1)(3)",
    "deletion": "Art. 10(1)(4)", "access_limit": "Art. 10(2), 10(3)",
}  # fmt: skip

# --- days and instants in Japan (R1 to R4) --------------------------------------------------------
TOKYO = timezone(timedelta(hours=9), "JST")  # Japan has had no summer time since 1951
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
BEGINNING = datetime(1, 1, 1, tzinfo=TOKYO)
FAR = datetime(9000, 1, 1, tzinfo=TOKYO)  # the whole line is judged as all the clock's steps to come leave it


@lru_cache(maxsize=65_536)
def start_of(day: date) -> datetime:
    """00:00 in Japan."""
    return datetime(day.year, day.month, day.day, tzinfo=TOKYO)


@lru_cache(maxsize=65_536)
def end_of(day: date) -> datetime:
    """24:00 in Japan: what lasts until the end of a day is over at this instant (R3)."""
    return start_of(day + DAY)


@lru_cache(maxsize=65_536)
def day_of(instant: datetime) -> date:
    """The day in Japan that an instant belongs to (R1)."""
    if instant.tzinfo is None:
        raise ValueError("an instant without an offset")
    return instant.astimezone(TOKYO).date()


def moment(when: date | datetime) -> datetime:
    """A day stands for its first instant."""
    return when if isinstance(when, datetime) else start_of(when)


def civil(when: date | datetime) -> date:
    """The day of a day or of an instant."""
    return day_of(when) if isinstance(when, datetime) else when


@lru_cache(maxsize=65_536)
def term_last(start: date, months: int = 1) -> date:
    """R4: the day before the corresponding day, or the last day of a month that has no such day."""
    years, index = divmod(start.month - 1 + months, 12)
    try:
        return date(start.year + years, index + 1, start.day) - DAY
    except ValueError:
        return date(start.year + years, index + 2, 1) - DAY  # never December, which has 31 days
