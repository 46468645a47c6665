"""Days and instants in Japan with plain date arithmetic, for the fold (R1 to R4).

`calendar.py` does the same by walking day after day; a test holds the two against each other.
"""

from datetime import date, datetime, timedelta, timezone

TOKYO = timezone(timedelta(hours=9), "JST")  # Japan has had no summer time since 1951
DAY = timedelta(days=1)


def start_of(day: date) -> datetime:
    """00:00 in Japan."""
    return datetime(day.year, day.month, day.day, tzinfo=TOKYO)


def end_of(day: date) -> datetime:
    """24:00 in Japan: what lasts until the end of a day is over at this instant (R3)."""
    return start_of(day + DAY)


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


def day_thirty(arrived: date) -> date:
    """R2: the day of arrival is not counted."""
    return arrived + timedelta(days=30)


def term_last(start: date, months: int = 1) -> date:
    """R4: the day before the corresponding day, or the last day of a month that has no such day."""
    years, index = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, index + 1
    try:
        return date(year, month, start.day) - DAY
    except ValueError:
        return month_last(f"{year:04d}-{month:02d}")


def month_of(day: date) -> str:
    """The calendar month, "2022-05". Months compare as text (R23)."""
    return f"{day.year:04d}-{day.month:02d}"


def month_first(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)


def month_after(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year:04d}-{number + 1:02d}" if number < 12 else f"{year + 1:04d}-01"


def month_last(month: str) -> date:
    return month_first(month_after(month)) - DAY
