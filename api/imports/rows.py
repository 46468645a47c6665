"""One row of a file: its cells read as people type them, made the body of /v1 and held to its model."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

from api.imports.columns import Column, FileKind
from api.imports.messages import Sentence, model_error, sentence
from lifecycle.machines.body import FIRST_YEAR, LAST_YEAR
from lifecycle.sheets.reading import SheetRow
from lifecycle.sheets.rows import CellKind, marker
from lifecycle.terms.date_parsing import UnreadableDate, parse_date

_YES = frozenset(("はい", "有", "あり", "済", "yes", "y", "true", "1", "○", "〇", "◯", "レ", "✓", "可"))
_NO = frozenset(("いいえ", "無", "なし", "未", "no", "n", "false", "0", "×", "x", "-", "否"))
_ITEMS = {"basic": "basic", "ベーシック": "basic", "premium": "premium", "プレミアム": "premium"}
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:月|-0?1|/0?1)?(?: 00:00:00)?", re.ASCII)
_NUMBER = re.compile(r"\d{1,5}(\.\d+)?", re.ASCII)  # in CSV, where 6.10 and 2022.10 lose their last digit
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")  # which every program draws otherwise
_INVISIBLE = re.compile("[\u00ad\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0]")
_REFERENCES = ("reference", "options.0.reference", "contract")
_NAMES = ("customer.name", "administrator.name")
_LINE_BREAKS = re.compile(r"[ \t]*[\r\n]+[ \t\r\n]*")
_WHOLE = 10**15  # up to here Excel keeps every digit of a number


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in a row. place: the column's, None where it is the row's as a whole."""

    place: int | None
    said: Sentence


class UnreadableCell(ValueError):
    """A cell that cannot be taken as what its column holds: the sentence that says so."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.said = sentence(key, **values)


@dataclass(frozen=True, slots=True)
class DayRead:
    """A day as it was read. guessed: no year was typed, the nearest was taken."""

    column: Column
    day: date
    guessed: bool


@dataclass(frozen=True, slots=True)
class RowEffect:
    """What follows from a row: the state then, the last day in force, and the yen of a month's statement.

    at_once: that day is over already, so that the contract ends as soon as the row is stored.
    """

    state: str
    ends_on: date | None = None
    month: str | None = None
    yen: int | None = None
    at_once: bool = False


@dataclass(slots=True)
class ReadRow:
    """A row as it was read. body: None where something is wrong with it; outside: what stands in the path.

    days: as they were read; effect: what follows, known where the row was carried out or rehearsed and is new.
    """

    row: SheetRow
    body: BaseModel | None = None
    outside: dict[str, str] = field(default_factory=dict)
    faults: list[RowFault] = field(default_factory=list)
    days: list[DayRead] = field(default_factory=list)
    effect: RowEffect | None = None


def read_row(kind: FileKind, columns: Sequence[Column | None], row: SheetRow, today: date) -> ReadRow:
    """Reads a row; everything that is wrong with it, not only the first."""
    found, flat = ReadRow(row), dict[str, Any]()
    for place, cell in enumerate(row.cells):
        column = columns[place] if place < len(columns) else None
        if column is None:
            if place >= len(columns) and cell.strip():
                found.faults.append(RowFault(place, sentence("no_heading")))
        elif cell.strip():
            try:
                flat[column.name] = value = _value(column, cell, row.kind(place), not row.kinds, today)
            except UnreadableCell as error:
                found.faults.append(RowFault(place, error.said))
                continue
            if isinstance(value, DayRead):
                flat[column.name] = value.day
                found.days.append(value)
    places = {column.name: place for place, column in enumerate(columns) if column is not None}
    marked = {fault.place for fault in found.faults}
    for column in kind.columns:
        if column.needed and column.name not in flat and places[column.name] not in marked:
            found.faults.append(RowFault(places[column.name], sentence("needed")))
            marked.add(places[column.name])
    found.outside = {name: flat[name] for name in flat if name not in kind.own}
    _validate(kind, found, flat, places, marked)
    return found


def _validate(
    kind: FileKind, found: ReadRow, flat: dict[str, Any], places: dict[str, int], marked: set[int | None]
) -> None:
    try:
        body = kind.model.model_validate(_nested({name: flat[name] for name in flat if name in kind.own}))
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False):
            place = _place(one["loc"], places)
            if place not in marked:
                found.faults.append(RowFault(place, model_error(one)))
    else:
        found.body = None if found.faults else body


def _place(loc: tuple[int | str, ...], places: dict[str, int]) -> int | None:
    """The column that an error of the model speaks of; of an object without a name, its first column."""
    dotted = ".".join(str(part) for part in loc)
    near = [place for name, place in places.items() if dotted and f"{name}.".startswith(f"{dotted}.")]
    return min(near, default=None)


def _value(column: Column, cell: str, kind: CellKind, csv: bool, today: date) -> Any:
    """What a cell means in its column; a number of CSV is text that looks like one. Raises UnreadableCell."""
    if marked := marker(cell):
        raise UnreadableCell(marked[0], cells=marked[1])
    plain = unicodedata.normalize("NFKC", cell).strip()
    match column.reads:
        case "text":
            return _text(column, cell, kind)
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
            if plain.casefold() in _ITEMS:
                return _ITEMS[plain.casefold()]
        case "amount":
            if kind not in (CellKind.TEXT, CellKind.NUMBER):
                raise UnreadableCell("amount_form")
            if "," in plain and not _THOUSANDS.fullmatch(plain):
                raise UnreadableCell("amount_comma", seen=plain[:40])
            return plain.replace(",", "")
    raise UnreadableCell(f"{column.reads}_form")


def _text(column: Column, cell: str, kind: CellKind) -> str:
    """Text as it is typed, in names with a blank for a line break.

    What Excel has made a day or a rounded number of is not the text that was meant.
    """
    if kind in (CellKind.DAY, CellKind.INSTANT, CellKind.TIME):
        raise UnreadableCell("text_day", seen=cell)
    if kind is CellKind.NUMBER and not (cell.removeprefix("-").isdigit() and abs(int(cell)) < _WHOLE):
        raise UnreadableCell("text_number", seen=cell)
    odd = _PRIVATE.search(cell) or (_INVISIBLE.search(cell) if column.name in _REFERENCES else None)
    if odd:
        raise UnreadableCell("character", sign=f"U+{ord(odd[0]):04X}")
    return _LINE_BREAKS.sub(" ", cell) if column.name in _NAMES else cell.replace("\r\n", "\n")


def _day(column: Column, cell: str, today: date) -> DayRead:
    try:
        typed = parse_date(cell, today)
    except UnreadableDate as error:
        raise UnreadableCell(f"day_{error.key}") from None
    if typed.at is not None and (typed.at.hour or typed.at.minute or typed.at.second):
        raise UnreadableCell("day_no_time")
    return DayRead(column, typed.day, typed.guessed)


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """{"customer.name": …} as {"customer": {"name": …}}; what concerns the option makes a list of one."""
    body: dict[str, Any] = {}
    for name, value in flat.items():
        if name == "options.0.reference":
            body["options"] = [{"kind": "drm", "reference": value}]
            continue
        *path, last = name.split(".")
        here = body
        for part in path:
            here = here.setdefault(part, {})
        here[last] = value
    return body
