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
from api.schemas.inputs.fields import FIRST_YEAR, LAST_YEAR
from lifecycle.sheets.reading import EXCEL_ERROR, SheetRow
from lifecycle.terms.date_parsing import UnreadableDate, parse_date

_YES = frozenset(("はい", "有", "あり", "済", "yes", "y", "true", "1", "○", "〇", "◯", "レ", "✓", "可"))
_NO = frozenset(("いいえ", "無", "なし", "未", "no", "n", "false", "0", "×", "x", "-", "否"))
_ITEMS = {"basic": "basic", "ベーシック": "basic", "premium": "premium", "プレミアム": "premium"}
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:月|-0?1|/0?1)?(?: 00:00:00)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in a row. place: the column's, None where it is the row's as a whole."""

    place: int | None
    said: Sentence


@dataclass(slots=True)
class ReadRow:
    """A row as it was read. body: None where something is wrong with it; outside: what stands in the path."""

    row: SheetRow
    body: BaseModel | None = None
    outside: dict[str, str] = field(default_factory=dict)
    faults: list[RowFault] = field(default_factory=list)


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
                flat[column.name] = _value(column, cell, today)
            except UnreadableDate as error:
                found.faults.append(RowFault(place, sentence(f"{column.reads}_{error.key}")))
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


def _value(column: Column, cell: str, today: date) -> Any:
    if cell == EXCEL_ERROR:
        raise UnreadableDate("excel")
    if column.reads == "text":
        return cell.replace("\r\n", "\n")
    plain = unicodedata.normalize("NFKC", cell).strip()
    match column.reads:
        case "day":
            typed = parse_date(cell, today)
            if typed.at is not None and (typed.at.hour or typed.at.minute or typed.at.second):
                raise UnreadableDate("no_time")
            return typed.day
        case "yes":
            if plain.casefold() in _YES | _NO or cell.strip() in _YES | _NO:
                return plain.casefold() in _YES or cell.strip() in _YES
        case "item":
            if plain.casefold() in _ITEMS:
                return _ITEMS[plain.casefold()]
        case "month":
            month = _MONTH.fullmatch(plain)
            if month and FIRST_YEAR <= int(month[1]) <= LAST_YEAR and 1 <= int(month[2]) <= 12:
                return f"{month[1]}-{int(month[2]):02}"
        case "amount":
            return plain.replace(",", "")
    raise UnreadableDate("form")


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
