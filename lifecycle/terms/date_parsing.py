"""Parses days as people type them: 2022/4/1, 4/1, R4.4.1, 令和4年4月1日, full-width digits; a time may follow.

Pure: text and today in, a day out. A day without a year is the nearest one, and is marked as guessed.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from lifecycle.terms.calendar import DAY, TOKYO

FIRST_YEAR, LAST_YEAR = 2000, 2199
LONGEST = 100  # maximum length of a day with weekday and time; longer texts take too long to match
ERAS = {  # first and last day of each era; the current one has no last day
    "令和": (date(2019, 5, 1), date(LAST_YEAR, 12, 31)),
    "平成": (date(1989, 1, 8), date(2019, 4, 30)),
    "昭和": (date(1926, 12, 25), date(1989, 1, 7)),
}
_LETTERS = {"R": "令和", "H": "平成", "S": "昭和"}
_WORDS = {"今日": 0, "本日": 0, "today": 0, "昨日": -1, "yesterday": -1, "明日": 1, "tomorrow": 1}
_SEPARATOR = r"\s*[-/.年月]\s*"
_YEAR = re.compile(rf"(\d{{4}}){_SEPARATOR}(\d{{1,2}}){_SEPARATOR}(\d{{1,2}})日?")
_SOLID = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_ERA = re.compile(
    rf"(令和|平成|昭和|[RHSrhs])\s*(\d{{1,2}}|元){_SEPARATOR}(\d{{1,2}}){_SEPARATOR}(\d{{1,2}})\s*日?", re.ASCII
)
_NO_YEAR = re.compile(r"(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", re.ASCII)
WEEKDAYS = "月火水木金土日"
_WEEKDAY = re.compile(rf"\s*\(([{WEEKDAYS}])(?:曜日?)?\)")
_TIME = re.compile(
    r"(?:[\sT]\s*|(?<=日))(\d{1,2})(?::(\d\d)(?::(\d\d))?|時(?:(\d{1,2})分)?)(?:\+09:00)?$", re.ASCII
)


class UnreadableDate(ValueError):
    """The text is no day. key: the reason, one of `form`, `calendar`, `years`, `era`, `time`, `weekday`."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A parsed day. at: the instant, if a time was typed. guessed: the year was not typed."""

    day: date
    at: datetime | None = None
    guessed: bool = False


@lru_cache(maxsize=4096)  # files repeat days
def parse_date(text: str, today: date) -> ParsedDate:
    """Parse a day, or a day with a time of day in Japan. Raises UnreadableDate, for a wrong weekday too."""
    if len(text) > LONGEST:
        raise UnreadableDate("form")
    plain = unicodedata.normalize("NFKC", text)
    weekday = _WEEKDAY.search(plain)
    plain = _WEEKDAY.sub("", plain).strip()
    clock = _TIME.search(plain)
    day, guessed = _day(plain[: clock.start()].strip() if clock else plain, today)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise UnreadableDate("years")
    if weekday and WEEKDAYS[day.weekday()] != weekday[1]:
        raise UnreadableDate("weekday")
    return ParsedDate(day, datetime.combine(day, _time(clock), TOKYO) if clock else None, guessed)


def _day(plain: str, today: date) -> tuple[date, bool]:
    if plain.lower() in _WORDS:
        return today + _WORDS[plain.lower()] * DAY, False
    if found := _YEAR.fullmatch(plain) or _SOLID.fullmatch(plain):
        year, month, day = map(int, found.groups())
        return _real(year, month, day), False
    if found := _ERA.fullmatch(plain):
        return _of_era(*found.groups()), False
    if found := _NO_YEAR.fullmatch(plain):
        return _nearest(int(found[1]), int(found[2]), today), True
    raise UnreadableDate("form")


def _of_era(name: str, year: str, month: str, day: str) -> date:
    first, last = ERAS[_LETTERS.get(name.upper(), name)]
    number = 1 if year == "元" else int(year)
    found = _real(first.year + number - 1, int(month), int(day))
    if number < 1 or not first <= found <= last:
        raise UnreadableDate("era")
    return found


def _nearest(month: int, day: int, today: date) -> date:
    """The day of that month and day which is nearest to today; of two equally near ones the later. 2/29 may be
    years away.
    """
    found = []
    for year in range(today.year - 4, today.year + 5):
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue
    if not found:
        raise UnreadableDate("calendar")
    return min(found, key=lambda one: (abs((one - today).days), one < today))


def _real(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise UnreadableDate("calendar") from None


def _time(found: re.Match[str]) -> time:
    hour, minute, second, spoken = found.groups()
    try:
        return time(int(hour), int(minute or spoken or 0), int(second or 0))
    except ValueError:
        raise UnreadableDate("time") from None
