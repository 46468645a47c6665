"""Parses cells as people type them, by the type of their column."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from api.imports.file_kind import ITEMS_EXAMPLE, Column, item_choices
from api.imports.messages import sentence
from lifecycle.machines.field_types import FIRST_YEAR, LAST_YEAR, in_one_line, refused_character
from lifecycle.sheets.rows import CellKind, marker
from lifecycle.terms.date_parsing import UnreadableDate, parse_date
from lifecycle.terms.editions import SERVICES
from lifecycle.terms.services import item_said, service_said

_YES = frozenset(("はい", "有", "あり", "済", "yes", "y", "true", "1", "○", "〇", "◯", "レ", "✓", "可"))
_NO = frozenset(("いいえ", "無", "なし", "未", "no", "n", "false", "0", "×", "x", "-", "否"))
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:月|-0?1|/0?1)?(?: 00:00:00)?", re.ASCII)
_NUMBER = re.compile(r"\d{1,5}(\.\d+)?", re.ASCII)  # in CSV, where 6.10 and 2022.10 lose their last digit
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_OF_ONE_LINE = ("customer.", "administrator.")
_ROUNDED = re.compile(r"\d(\.\d+)?E\+\d+", re.ASCII | re.IGNORECASE)
# What Excel writes into CSV for a day that it has made of 12-1, 1/2 or 2022-12-01.
_MADE_A_DAY = re.compile(
    r"\d{4}/[1-9]\d?/[1-9]\d?( \d{1,2}:\d\d(:\d\d)?)?|\d{1,2}月\d{1,2}日|\d{4}年\d{1,2}月(\d{1,2}日)?"
    r"|\d{1,2}-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d\d",
    re.ASCII,
)
_YEN = re.compile(r"¥?(\d{1,10})(?:円|\.0+)?", re.ASCII)
_PERIOD = re.compile(r"(\S+)\s+(.+)")
_BETWEEN_PERIODS = re.compile(r"[;、\n]")
_BETWEEN_REFERENCES = re.compile(r"[;；、\n]")
LONGEST_VALUE = 2000  # maximum characters of a value that is not free text
_WHOLE = 10**15  # Excel keeps every digit up to this number


class UnreadableCell(ValueError):
    """A cell that does not fit its column: the sentence for the user."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.said = sentence(key, **values)


@dataclass(frozen=True, slots=True)
class DayRead:
    """A parsed day. guessed: no year was typed, the nearest was used."""

    column: Column
    day: date
    guessed: bool


class ItemsRead(NamedTuple):
    """The parsed items of a contract, each with its first day."""

    items: list[dict[str, Any]]
    days: list[DayRead]


def read_cell(column: Column, cell: str, kind: CellKind, csv: bool, today: date) -> Any:
    """Parse a cell for its column; a number in CSV is text that looks like one. Raises UnreadableCell."""
    if marked := marker(cell):
        raise UnreadableCell(marked[0], cells=marked[1])
    if len(cell) > LONGEST_VALUE and column.reads not in ("text", "texts"):
        raise UnreadableCell(f"{column.reads}_form")
    plain = unicodedata.normalize("NFKC", cell).strip()
    match column.reads:
        case "text":
            return _text(column, cell, kind)
        case "texts":
            found = [text.strip() for text in _BETWEEN_REFERENCES.split(_text(column, cell, kind))]
            return [_undamaged(text) for text in found if text]
        case "day":
            if kind is CellKind.NUMBER or (csv and _NUMBER.fullmatch(plain)):
                raise UnreadableCell("day_number", seen=plain)
            return _day(column, cell, today)
        case "month":
            if kind is CellKind.NUMBER or (csv and _NUMBER.fullmatch(plain)):
                raise UnreadableCell("month_number", seen=plain)
            month = _MONTH.fullmatch(plain)
            if month and FIRST_YEAR <= int(month[1]) <= LAST_YEAR and 1 <= int(month[2]) <= 12:
                return f"{month[1]}-{int(month[2]):02}"
        case "yes":
            if plain.casefold() in _YES | _NO or cell.strip() in _YES | _NO:
                return plain.casefold() in _YES or cell.strip() in _YES
        case "item":
            if (item := item_said(plain)) is not None:
                return item
            choices = item_choices()
            raise UnreadableCell("item_form", ja=choices.ja, en=choices.en)
        case "service":
            if (service := service_said(plain)) is not None:
                return service
            raise UnreadableCell("service_form", names="・".join(SERVICES))
        case "items":
            return _items(column, plain, today)
        case "yen":
            return _yen(plain, kind)
        case "amount":
            if kind not in (CellKind.TEXT, CellKind.NUMBER):
                raise UnreadableCell("amount_form")
            if "," in plain and not _THOUSANDS.fullmatch(plain):
                raise UnreadableCell("amount_comma", seen=plain[:40])
            return plain.replace(",", "")
    raise UnreadableCell(f"{column.reads}_form")


def _text(column: Column, cell: str, kind: CellKind) -> str:
    """Return typed text; a line break in a person's field becomes a blank.

    A day or a rounded number that Excel created is refused, because it is not the intended text.
    """
    if kind in (CellKind.DAY, CellKind.INSTANT, CellKind.TIME):
        raise UnreadableCell("text_day", seen=cell)
    if kind is CellKind.NUMBER and not (cell.removeprefix("-").isdigit() and abs(int(cell)) < _WHOLE):
        raise UnreadableCell("text_number", seen=cell)
    one_line = column.name.startswith(_OF_ONE_LINE)
    text = in_one_line(cell) if one_line else cell.replace("\r\n", "\n")
    if refused := refused_character(text):
        raise UnreadableCell("character", sign=refused)
    return _undamaged(text) if column.is_reference else text


def _undamaged(reference: str) -> str:
    """Return a reference; refuse text that Excel has converted from one."""
    plain = unicodedata.normalize("NFKC", reference).strip()
    if _ROUNDED.fullmatch(plain):
        raise UnreadableCell("text_number", seen=plain)
    if _MADE_A_DAY.fullmatch(plain):
        raise UnreadableCell("text_day", seen=plain)
    return reference


def _day(column: Column, cell: str, today: date) -> DayRead:
    try:
        typed = parse_date(cell, today)
    except UnreadableDate as error:
        raise UnreadableCell(f"day_{error.key}") from None
    if typed.at is not None and (typed.at.hour or typed.at.minute or typed.at.second):
        raise UnreadableCell("day_no_time")
    return DayRead(column, typed.day, typed.guessed)


def _yen(plain: str, kind: CellKind) -> int:
    """Whole yen, with or without a yen sign and commas."""
    if "," in plain and not _THOUSANDS.fullmatch(plain.strip("¥円")):
        raise UnreadableCell("amount_comma", seen=plain[:40])
    found = _YEN.fullmatch(plain.replace(",", ""))
    if found is None or kind not in (CellKind.TEXT, CellKind.NUMBER):
        raise UnreadableCell("yen_form")
    return int(found[1])


def _items(column: Column, plain: str, today: date) -> ItemsRead:
    """Items with their first days, as ITEMS_EXAMPLE. A day needs its year."""
    found = ItemsRead([], [])
    for piece in filter(None, map(str.strip, _BETWEEN_PERIODS.split(plain))):
        period = _PERIOD.fullmatch(piece)
        item = item_said(period[1]) if period else None
        if period is None or item is None:
            raise UnreadableCell("items_form", example=ITEMS_EXAMPLE)
        read = _day(column, period[2], today)
        if read.guessed:
            raise UnreadableCell("items_form", example=ITEMS_EXAMPLE)
        found.items.append({"item": item, "from_on": read.day})
        found.days.append(read)
    return found
