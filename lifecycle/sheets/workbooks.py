"""Writes rows as XLSX; no text ever becomes a formula. Slow to import, so only imported where it is used."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from lifecycle.sheets.writing import PIECE, Cell, TableRows, inert

_WIDTH = 22
_TITLE = "一覧"
_RED, _GREY = "#FFC7CE", "#E7E6E6"
Numbered = Iterable[tuple[int, Sequence[Cell]]]


class Marks:
    """Marks in a copy: (row number, column from 0) → the comment. headings: the number of their row."""

    def __init__(self, comments: dict[tuple[int, int], str], headings: int = 1) -> None:
        self.comments, self.headings = comments, headings


def xlsx_pieces(rows: TableRows, *, widths: Sequence[int] = ()) -> Iterator[bytes]:
    """Return an XLSX file of one sheet, its first row the headings; written to disk first, as its index comes
    last.
    """
    with tempfile.TemporaryFile() as file:
        with _Book(file) as book:
            book.write(_TITLE, enumerate(rows, 1), Marks({}), widths)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def marked_xlsx(rows: Numbered, marks: Marks, *, more: Iterable[tuple[str, TableRows]] = ()) -> bytes:
    """Return an XLSX file with red cells and comments. rows: with their numbers; more: further sheets by title."""
    with tempfile.TemporaryFile() as file:
        with _Book(file) as book:
            book.write(_TITLE, rows, marks)
            for title, table in more:
                book.write(title, enumerate(table, 1), Marks({}))
        file.seek(0)
        return file.read()


class _Book:
    """A workbook that is written row by row, in the formats that its cells need."""

    def __init__(self, file: object) -> None:
        self._book = Workbook(file, {"constant_memory": True})
        self._formats: dict[tuple[bool, bool, bool], Format] = {}

    def __enter__(self) -> "_Book":
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()

    def write(self, title: str, rows: Numbered, marks: Marks, widths: Sequence[int] = ()) -> None:
        """Write a sheet. All its columns are text, so that 0012 and 4/1 remain as typed."""
        sheet = self._book.add_worksheet(title)
        sheet.freeze_panes(marks.headings, 0)
        for place in range(max(30, len(widths))):
            sheet.set_column(place, place, widths[place] if place < len(widths) else _WIDTH, self._format())
        for number, cells in rows:
            for place, cell in enumerate(cells):
                said = marks.comments.get((number, place))
                self._cell(sheet, number - 1, place, cell, number == marks.headings, said is not None)
                if said is not None:
                    sheet.write_comment(number - 1, place, said, {"author": "lifecycle"})

    def _cell(self, sheet: Worksheet, row: int, place: int, cell: Cell, head: bool, red: bool) -> None:
        if isinstance(cell, str):
            form = self._format(quoted=inert(cell) != cell, head=head, red=red)
            done = sheet.write_string(row, place, cell, form) if cell else sheet.write_blank(row, place, "", form)
            if done:
                raise ValueError("a sheet holds no such cell: too long, or too far down")
        elif cell is not None:
            sheet.write_number(row, place, cell)

    def _format(self, *, quoted: bool = False, head: bool = False, red: bool = False) -> Format:
        """Return a format. quoted: Excel's own mark for text that looks like a formula; it survives editing."""
        key = (quoted, head, red)
        if key not in self._formats:
            look: dict[str, object] = {"num_format": "@", "quote_prefix": quoted}
            if head:
                look |= {"bold": True, "text_wrap": True, "valign": "top", "bg_color": _GREY}
            if red:
                look |= {"bg_color": _RED}
            self._formats[key] = self._book.add_format(look)
        return self._formats[key]
