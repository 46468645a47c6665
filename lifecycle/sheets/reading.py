"""Reads the rows of a CSV or XLSX file as texts. Formulas are read as the values Excel last saw, never run."""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal

from lifecycle.sheets.inert import as_typed, xml_read

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_PARTS = 500
MAX_ROWS = 20_000
MAX_COLUMNS = 100
MAX_CELL = 32_767  # what a cell of Excel holds
LAST_ROW = 1_048_576  # of a sheet of Excel
ENCODINGS = ("utf-8-sig", "cp932")
_NO_SIGN = re.compile("[\x80\uf8f0-\uf8f3]")  # what single bytes become that are no signs of cp932
EXCEL_ERROR = "#EXCEL-ERROR!"  # stands for #REF!, #N/A and their like
Format = Literal["csv", "xlsx"]


class UnreadableFile(ValueError):
    """A file that is not taken. key: why, in one word; place: the row, the byte or the limit, if any."""

    def __init__(self, key: str, place: int | None = None) -> None:
        super().__init__(key if place is None else f"{key}: {place}")
        self.key, self.place = key, place


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row that is not blank. number: its place in the file as Excel counts; cells: as many as there are."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file; the first one holds the headings. encoding: of a CSV file."""

    format: Format
    headings: SheetRow
    rows: Sequence[SheetRow]
    encoding: str | None = None


def read_sheet(content: bytes) -> Sheet:
    """Reads a file, whatever its name says. Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile("too_large", MAX_BYTES)
    if content.startswith(b"PK\x03\x04"):
        return _sheet("xlsx", _xlsx_rows(content))
    if content.startswith(b"\xd0\xcf\x11\xe0"):  # the compound files of .xls and of encrypted .xlsx
        raise UnreadableFile("old_or_encrypted")
    text, encoding = _decoded(content)
    return _sheet("csv", _csv_rows(text), encoding)


def _sheet(kind: Format, found: Iterator[SheetRow], encoding: str | None = None) -> Sheet:
    rows: list[SheetRow] = []
    for row in found:
        if not any(cell.strip() for cell in row.cells):
            continue
        if len(row.cells) > MAX_COLUMNS and any(row.cells[MAX_COLUMNS:]):
            raise UnreadableFile("too_many_columns", MAX_COLUMNS)
        if any(len(cell) > MAX_CELL for cell in row.cells):
            raise UnreadableFile("cell_too_long", row.number)
        rows.append(row)
        if len(rows) > MAX_ROWS + 1:
            raise UnreadableFile("too_many_rows", MAX_ROWS)
    if not rows:
        raise UnreadableFile("empty")
    return Sheet(kind, rows[0], rows[1:], encoding)


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise UnreadableFile("encoding", error.start) from None
    if b"\0" in content:
        raise UnreadableFile("not_text")
    at = 0
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            at = max(at, error.start)  # it is most likely written in the one that got further
            continue
        if not _NO_SIGN.search(text):
            return text, encoding
    raise UnreadableFile("encoding", content.count(b"\n", 0, at) + 1)


def _csv_rows(text: str) -> Iterator[SheetRow]:
    head = text.partition("\n")[0]
    delimiter = max(",\t;", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    csv.field_size_limit(MAX_BYTES)
    number = 1
    try:
        for cells in reader:
            yield SheetRow(number, tuple([as_typed(cell) for cell in cells]))
            number += 1
    except csv.Error:
        raise UnreadableFile("csv", reader.line_num) from None


def _xlsx_rows(content: bytes) -> Iterator[SheetRow]:
    from openpyxl import load_workbook  # takes a while to load

    _refuse_bombs(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            if number > LAST_ROW:
                raise UnreadableFile("too_many_rows", MAX_ROWS)
            if any(cell is not None for cell in cells):
                yield SheetRow(number, tuple([_text(cell) for cell in cells]))
    except UnreadableFile:
        raise
    except Exception:  # openpyxl meets a broken file with whatever its parts raise
        raise UnreadableFile("xlsx") from None


def _refuse_bombs(content: bytes) -> None:
    """Reads no part further than it announces, which zipfile holds to; so the announced sizes are the limit."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError):  # the last for newer versions of the format
        raise UnreadableFile("xlsx") from None
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise UnreadableFile("bomb", MAX_UNPACKED)
    if any(part.flag_bits & 0x1 for part in parts):
        raise UnreadableFile("old_or_encrypted")


def _text(cell: Any) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case datetime():
            return (
                cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
            )
        case date():
            return cell.isoformat()
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
        case str() if cell in ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"):
            return EXCEL_ERROR
        case str():
            return xml_read(cell)
    return str(cell)
