"""The civil calendar of Japan (R1 to R5): days, instants, periods. Civil Code Art. 138 to 143."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple, overload
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from holidays import HolidayBase

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)  # subtracted from the end of a day to get an instant within it


@lru_cache(maxsize=65_536)
def tokyo_day(at: datetime) -> date:
    """The civil day in Japan on which an instant falls (R1).

    Raises ValueError for an instant without an offset.
    """
    if at.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return at.astimezone(TOKYO).date()


@overload
def instant(at: datetime) -> str: ...
@overload
def instant(at: datetime | None) -> str | None: ...
@lru_cache(maxsize=4096)
def instant(at: datetime | None) -> str | None:
    """An instant as text in Japan's time: 2022-07-11T00:00:00+09:00."""
    return None if at is None else at.astimezone(TOKYO).isoformat()


@overload
def iso_day(day: date) -> str: ...
@overload
def iso_day(day: date | None) -> str | None: ...
def iso_day(day: date | None) -> str | None:
    """A civil day as text: 2022-07-11."""
    return None if day is None else day.isoformat()


@lru_cache(maxsize=65_536)
def start_of(day: date) -> datetime:
    """The instant, in UTC, at which a civil day begins in Japan."""
    return datetime.combine(day, time(), TOKYO).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The instant, in UTC, at which a civil day is over: the next day's midnight, exclusive (R3, Art. 141)."""
    return start_of(day + DAY)


def elapses_on(first_fact: date, days: int) -> date:
    """The day on which a period of days elapses, the day of the fact itself not counted (R2, Art. 140)."""
    return first_fact + timedelta(days=days)


def last_day_of_term(first_day: date, months: int) -> date:
    """The last day of a term of months whose first day counts (R4, Art. 143).

    It is the day before the corresponding day; where the month has none, the month's last day.
    """
    index = first_day.year * 12 + first_day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if first_day.day > monthrange(year, month)[1]:
        return date(year, month, monthrange(year, month)[1])
    return date(year, month, first_day.day) - DAY


@lru_cache(maxsize=4096)
def _first_and_last(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


@lru_cache(maxsize=4096)
def _named(year: int, month: int) -> str:
    return f"{year:04d}-{month:02d}"


class Month(NamedTuple):
    """A calendar month; monthly periods are calendar months (R23).

    A tuple, because statements create, sort and look up many. Few months are in use, so each is created and
    formatted once.
    """

    year: int
    number: int

    @classmethod
    @lru_cache(maxsize=65_536)
    def of(cls, day: date) -> "Month":
        """The month of a day."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> "Month":
        """The month from YYYY-MM. Raises ValueError."""
        day = date.fromisoformat(text + "-01")
        return cls.of(day)

    @property
    def first(self) -> date:
        """The first day."""
        return _first_and_last(self.year, self.number)[0]

    @property
    def last(self) -> date:
        """The last day."""
        return _first_and_last(self.year, self.number)[1]

    @property
    def days(self) -> int:
        """The number of days."""
        return self.last.day

    @property
    def previous(self) -> "Month":
        """The previous month."""
        return Month.of(self.first - timedelta(days=1))

    @property
    def following(self) -> "Month":
        """The next month."""
        return _following(self)

    def __str__(self) -> str:
        return _named(self.year, self.number)


@lru_cache(maxsize=4096)
def _following(month: Month) -> Month:
    return Month(month.year + month.number // 12, month.number % 12 + 1)


@cache
def _japanese_holidays() -> "HolidayBase":
    from holidays import country_holidays  # slow to load

    return country_holidays("JP", language="ja")


@lru_cache(maxsize=4096)
def rest_day(day: date) -> tuple[str, str] | None:
    """Why a day is a rest day (English, Japanese), or None. Shown, never shifted (R5, Art. 142)."""
    if day in _japanese_holidays():
        return "a public holiday", f"祝日（{_japanese_holidays()[day]}）"
    if day.weekday() >= 5:
        return ("a Saturday", "土曜日") if day.weekday() == 5 else ("a Sunday", "日曜日")
    return None
