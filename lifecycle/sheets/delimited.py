"""Reads the rows of CSV text; memory holds no more than the maximum size of a row."""

import csv
import io
import re
from collections.abc import Iterator

from lifecycle.sheets.rows import MAX_CELL, MAX_COLUMNS, SheetRow, UnreadableFile
from lifecycle.sheets.writing import as_typed

_DELIMITERS = ",\t;"
_QUOTED = re.compile(r'"[^"]*"')
_SEPARATOR = re.compile(r'"?sep=([,;\t])"?(?:\r\n|\n|\r)', re.IGNORECASE)  # a line for Excel, not a row
_FIRST_LINES = 10


def csv_rows(text: str) -> Iterator[SheetRow]:
    """Yield the rows of a text without a line `sep=`. Raises UnreadableFile."""
    if said := _SEPARATOR.match(text):
        delimiter, text = said[1], text[said.end() :]
    else:
        delimiter = _delimiter(text)
    lines = _Lines(text, delimiter)
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            if cells:
                yield SheetRow(number, tuple([as_typed(cell) for cell in cells]))
            number, lines.delimiters = number + 1, 0
    except csv.Error as error:
        if "field limit" in str(error):
            raise UnreadableFile("cell_too_long", number) from None
        raise UnreadableFile("csv", reader.line_num) from None


class _Lines:
    """The lines of a text, counted so that no row exceeds its limits while it is read."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._lines, self._delimiter = io.StringIO(text, newline=""), delimiter
        self.delimiters = 0  # since the start of the row, including lines inside a quoted cell

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.delimiters += line.count(self._delimiter)
            if self.delimiters > MAX_CELL + MAX_COLUMNS:
                raise UnreadableFile("too_many_columns", MAX_COLUMNS)
            yield line


def _delimiter(text: str) -> str:
    """Return the delimiter that is most frequent in the first lines, outside of quotes."""
    first = "".join(
        line for line, _ in zip(io.StringIO(text[:100_000], newline=""), range(_FIRST_LINES), strict=False)
    )
    return max(_DELIMITERS, key=_QUOTED.sub("", first).count)
