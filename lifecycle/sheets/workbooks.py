"""Writes rows as XLSX; no text ever becomes a formula. It takes a while to load: imported where one is written."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from lifecycle.sheets.inert import inert, xml_safe
from lifecycle.sheets.writing import PIECE, Cell, TableRows

_RED = PatternFill("solid", fgColor="FFFFC7CE")
_GREY = PatternFill("solid", fgColor="FFE7E6E6")
_BOLD = Font(bold=True)


def xlsx_pieces(rows: TableRows, *, widths: Sequence[int] = ()) -> Iterator[bytes]:
    """An XLSX file of one sheet, its first row the headings; gathered on disk, since its index comes last."""
    book = Workbook(write_only=True)
    sheet = _sheet(book, "一覧", widths)
    try:
        for number, row in enumerate(rows):
            sheet.append([_cell(sheet, cell, head=number == 0) for cell in row])
    except BaseException:
        sheet.close()  # its writers would complain
        raise
    yield from _saved(book)


class Marks:
    """Where a copy is marked: (row index, column index) → what to say there; rows from 0, the headings."""

    def __init__(self, comments: dict[tuple[int, int], str]) -> None:
        self.comments = comments


def marked_xlsx(rows: TableRows, marks: Marks, *, more: Iterable[tuple[str, TableRows]] = ()) -> bytes:
    """An XLSX file with red cells that bear comments. more: further sheets by title."""
    book = Workbook(write_only=True)
    sheet = _sheet(book, "1", ())
    for number, row in enumerate(rows):
        cells = [_cell(sheet, cell, head=number == 0) for cell in row]
        for place, cell in enumerate(cells):
            said = marks.comments.get((number, place))
            if said is not None:
                cell.fill, cell.comment = _RED, Comment(said, "lifecycle")
        sheet.append(cells)
    for title, table in more:
        further = _sheet(book, title, ())
        for number, row in enumerate(table):
            further.append([_cell(further, cell, head=number == 0) for cell in row])
    return b"".join(_saved(book))


def _sheet(book: Workbook, title: str, widths: Sequence[int]) -> Any:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number in range(1, 31):
        wide = widths[number - 1] if number <= len(widths) else 22
        sheet.column_dimensions[get_column_letter(number)].width = wide
    return sheet


def _cell(sheet: Any, value: Cell, *, head: bool = False) -> Any:
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet, "")
    cell._value, cell.data_type = xml_safe(value), "s"
    cell.number_format = "@"  # as text: 0012 and 4/1 stay as they are when somebody edits them
    if inert(value) != value:
        cell.quotePrefix = True  # Excel's own mark for text, also after an edit
    if head:
        cell.fill, cell.font, cell.alignment = _GREY, _BOLD, Alignment(wrap_text=True, vertical="top")
    return cell


def _saved(book: Workbook) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece
