"""Writes a list as XLSX for people: with real dates and numbers, fixed headings, filters, and widths."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from lifecycle.sheets.writing import PIECE, inert

Form = Literal["text", "day", "instant", "number"]
ListCell = str | int | date | datetime | None
_LOOK = {"text": "@", "day": "yyyy/mm/dd", "instant": "yyyy/mm/dd hh:mm", "number": "#,##0"}
_WIDTH = {"text": 24, "day": 12, "instant": 18, "number": 14}
_HEAD = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E7E6E6"}


class ListColumn(NamedTuple):
    """A column: its heading and the type of its cells. A day or an instant is a formatted number."""

    heading: str
    form: Form


def list_pieces(title: str, columns: Sequence[ListColumn], rows: Iterable[Sequence[ListCell]]) -> Iterator[bytes]:
    """Return a list as the pieces of an XLSX file; instants in their own zone."""
    with tempfile.TemporaryFile() as file:
        book = Workbook(file, {"constant_memory": True, "default_date_format": _LOOK["day"]})
        sheet = book.add_worksheet(title)
        forms: dict[str, Format] = {form: book.add_format({"num_format": look}) for form, look in _LOOK.items()}
        forms["quoted"] = book.add_format({"num_format": _LOOK["text"], "quote_prefix": True})
        sheet.freeze_panes(1, 1)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, _WIDTH[column.form], forms[column.form])
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.heading, book.add_format(_HEAD))
        last = 0
        for last, cells in enumerate(rows, 1):
            for place, cell in enumerate(cells):
                _write(sheet, last, place, cell, forms)
        sheet.autofilter(0, 0, last, len(columns) - 1)
        book.close()
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def _write(sheet: Worksheet, row: int, place: int, cell: ListCell, forms: dict[str, Format]) -> None:
    if isinstance(cell, datetime):
        sheet.write_datetime(row, place, cell.replace(tzinfo=None), forms["instant"])
    elif isinstance(cell, date):
        sheet.write_datetime(row, place, cell, forms["day"])
    elif isinstance(cell, int):
        sheet.write_number(row, place, cell, forms["number"])
    elif cell and sheet.write_string(row, place, cell, forms["text" if inert(cell) == cell else "quoted"]):
        raise ValueError("a sheet holds no such cell: too long, or too far down")
