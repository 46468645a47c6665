"""Formats values in the sentences of rulings: days, yen, counts and names, in each language.

A value comes from a rule (a date, a Month, a Decimal) or from JSON (a text, a list).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args

from lifecycle.terms.calendar import Month, rest_day

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Format = Callable[[Any], str]

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def count(number: int | Decimal, unit: str) -> str:
    """A number with its unit in English: 1 day, 1,200 days, 3 GB."""
    return f"{number:,} {unit if number == 1 else several(unit)}"


def several(unit: str) -> str:
    """More than one of a unit in English: days, GB."""
    return unit if unit.isupper() else f"{unit}s"


def japanese_day(day: date | str) -> str:
    """A civil day as Japanese text writes it: 2022年5月1日."""
    day = _day(day)
    return f"{day.year}年{day.month}月{day.day}日"


def japanese_month(month: Month | str) -> str:
    """A month as Japanese text writes it: 2022年5月."""
    month = _month(month)
    return f"{month.year}年{month.number}月"


def english_day(day: date | str) -> str:
    """A civil day as English text writes it: 1 May 2022."""
    day = _day(day)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _english_days(days: Sequence[date | str]) -> str:
    *first, last = map(english_day, days)
    return f"{', '.join(first)} and {last}" if first else last


def english_month(month: Month | str) -> str:
    """A month as English text writes it: May 2022."""
    month = _month(month)
    return f"{MONTHS[month.number - 1]} {month.year}"


def duration(seconds: int, language: Language) -> str:
    """Seconds as hours, minutes and seconds, as far as there are any: 72時間, 72 hours 5 minutes."""
    parts = (
        (seconds // 3600, "時間", "hour"),
        (seconds // 60 % 60, "分", "minute"),
        (seconds % 60, "秒", "second"),
    )
    named = [part for part in parts if part[0]] or [parts[0]]
    if language == "ja":
        return "".join(f"{number:,}{unit}" for number, unit, _ in named)
    return " ".join(count(number, unit) for number, _, unit in named)


def quantity(units: Mapping[str, Mapping[str, str]]) -> Mapping[Language, Format]:
    """An amount with its unit: 3 GB, 12 hours. units: the names of units."""

    def name(unit: str, language: Language) -> str:
        return units[unit][language] if unit in units else unit

    return {
        "en": lambda found: count(Decimal(found[0]), name(found[1], "en")),
        "ja": lambda found: f"{Decimal(found[0]):,}{name(found[1], 'ja')}",
    }


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _month(value: Month | str) -> Month:
    return Month.parse(value) if isinstance(value, str) else value


def _english_rest(value: date | str) -> str:
    found = rest_day(_day(value))
    assert found is not None
    return found[0]


def _japanese_rest(value: date | str) -> str:
    found = rest_day(_day(value))
    assert found is not None
    return found[1]


def _english_fees(fees: Sequence[Sequence[Any]]) -> str:
    return "; ".join(f"{fee:,} yen from {english_day(first)} to {english_day(last)}" for first, last, fee in fees)


def _japanese_fees(fees: Sequence[Sequence[Any]]) -> str:
    return "、".join(f"{japanese_day(first)}から{japanese_day(last)}まで{fee:,}円" for first, last, fee in fees)


FORMATS: Mapping[str, Mapping[Language, Format]] = {
    "id": {"en": str, "ja": str},
    "day": {"en": english_day, "ja": japanese_day},
    "day_list": {
        "en": _english_days,
        "ja": lambda days: "、".join(map(japanese_day, days)),
    },
    "month": {"en": english_month, "ja": japanese_month},
    "rest_day": {"en": _english_rest, "ja": _japanese_rest},
    "yen": {"en": lambda yen: f"{yen:,} yen", "ja": lambda yen: f"{yen:,}円"},
    "days": {"en": lambda number: count(number, "day"), "ja": lambda number: f"{number:,}日"},
    "months": {"en": lambda number: count(number, "month"), "ja": lambda number: f"{number:,}ヶ月"},
    "hours": {"en": lambda number: count(number, "hour"), "ja": lambda number: f"{number:,}時間"},
    "duration": {
        "en": lambda seconds: duration(seconds, "en"),
        "ja": lambda seconds: duration(seconds, "ja"),
    },
    "units": {"en": lambda number: count(number, "whole unit"), "ja": lambda number: f"{number:,}単位"},
    "notices": {"en": lambda number: count(number, "notice"), "ja": lambda number: f"{number:,}通"},
    "share": {"en": lambda divisor: f"1/{divisor}", "ja": lambda divisor: f"{divisor}分の1"},
    "quantity": quantity({"hour": {"ja": "時間", "en": "hour"}}),
    "fees_by_day": {"en": _english_fees, "ja": _japanese_fees},
}
