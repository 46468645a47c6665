"""Workbooks made by hand and by both libraries, for the tests of reading."""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import xlsxwriter
from openpyxl import Workbook

from lifecycle.sheets import child, reading
from lifecycle.sheets.rows import Sheet, Wanted

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
Change = Callable[[Any], object]


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A zip file of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return file.getvalue()


def by_openpyxl(*rows: Sequence[Any], change: Change = lambda sheet: None) -> bytes:
    """A workbook of one sheet."""
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    change(book.active)
    book.save(file)
    return file.getvalue()


def by_xlsxwriter(*rows: Sequence[Any], change: Change = lambda sheet: None, **options: Any) -> bytes:
    """A workbook of one sheet with formatted dates."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(
        file, {"default_date_format": "yyyy-mm-dd", "strings_to_formulas": False} | options
    ) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        change(sheet)
    return file.getvalue()


def changed(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one part changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    return packed(parts | {part: change(parts.get(part, b""))})


def sheet_of(xml: str, **parts: str) -> bytes:
    """A workbook whose sheet has these elements. parts: other files, by the last word of their names."""
    whole = f'<worksheet xmlns="{MAIN}">{xml}</worksheet>'
    found = changed(by_openpyxl(["a"]), SHEET, lambda _: whole.encode())
    for name, content in parts.items():
        found = changed(found, f"xl/{name}.xml", lambda _, content=content: content.encode())  # type: ignore[misc]
    return found


def read_here(content: bytes, wanted: Wanted | None = None) -> Sheet:
    """What `read_sheet` answers, without its process."""
    from lifecycle.sheets.parsing import parse

    parsed = parse(content, wanted or Wanted())
    rows = list(parsed.rows)
    return Sheet(parsed.format, rows[0], rows[1:], parsed.encoding, parsed.name, (), parsed.hidden)


@contextmanager
def all_read_here() -> Iterator[None]:
    """Files are read line by line as ever, but without processes, which are most of what a small one costs."""
    with patch.object(reading, "in_a_process", child.lines):
        yield
