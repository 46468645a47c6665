"""Reads a file within its limits in the current process; `reading` does so in a child process."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lifecycle.sheets.containers import workbook
from lifecycle.sheets.delimited import csv_rows
from lifecycle.sheets.encodings import decoded
from lifecycle.sheets.rows import (
    MAX_BYTES,
    MAX_CELL,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    Format,
    SheetRow,
    UnreadableFile,
    Wanted,
)


@dataclass(slots=True)
class Parsed:
    """A file that is being read. hidden: complete after the rows have been read."""

    format: Format
    rows: Iterator[SheetRow]
    encoding: str | None = None
    name: str | None = None
    hidden: list[int] = field(default_factory=list)


def parse(content: bytes, wanted: Wanted) -> Parsed:
    """Read a file, whatever its name. Raises UnreadableFile, here or while the rows are read."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile("too_large", MAX_BYTES)
    if packed := workbook(content):
        from lifecycle.sheets.xlsx import CheckedBook  # loads the reader of values

        name, rows, hidden = CheckedBook(packed, content).chosen(wanted)
        return Parsed("xlsx", _bounded(rows), name=name, hidden=hidden)
    text, encoding = decoded(content, wanted.encoding)
    return Parsed("csv", _bounded(csv_rows(text)), encoding=encoding)


def _bounded(rows: Iterator[SheetRow]) -> Iterator[SheetRow]:
    """Yield the rows that are not blank, without blank cells at their ends."""
    number = cells = 0
    for row in rows:
        last = len(row.cells)
        while last and not row.cells[last - 1].strip():
            last -= 1
        if not last:
            continue
        number, cells = number + 1, cells + last
        if last > MAX_COLUMNS:
            raise UnreadableFile("too_many_columns", MAX_COLUMNS)
        if number > MAX_ROWS + 1:
            raise UnreadableFile("too_many_rows", MAX_ROWS)
        if cells > MAX_CELLS:
            raise UnreadableFile("too_many_cells", MAX_CELLS)
        if max(map(len, row.cells)) > MAX_CELL:
            raise UnreadableFile("cell_too_long", row.number)
        yield row
    if not number:
        raise UnreadableFile("empty")
