"""The rows of a file as a reader returns them, the request for them, and their limits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 20_000  # rows that are not blank, without headings
MAX_COLUMNS = 100
MAX_CELLS = 400_000  # that are not blank
MAX_CELL = 32_767  # characters of an Excel cell
LAST_ROW = 1_048_576  # columns of an Excel sheet
Format = Literal["csv", "xlsx"]
Encoding = Literal["utf-8", "cp932", "euc-jp", "utf-16", "iso-2022-jp"]

# Markers in cells whose value the file does not contain, so that no copy shows a blank cell.
EXCEL_ERROR = "#EXCEL-ERROR!"  # #REF!, #N/A and other errors
NO_VALUE = "#NO-VALUE!"  # a formula without a computed value
MERGED = "#MERGED!"  # a merged cell, followed by its first and last cell, C2:C3
ESCAPE = "#ESCAPE!"  # an ambiguous _xHHHH_: a text or an escaped character
_MARKER = re.compile(r"#(EXCEL-ERROR|NO-VALUE|MERGED|ESCAPE)!(.*)", re.DOTALL)


class UnreadableFile(ValueError):
    """A refused file. key: the reason, in one word; place: the row, the limit or the names, if any."""

    def __init__(self, key: str, place: int | str | None = None) -> None:
        super().__init__(key if place is None else f"{key}: {place}")
        self.key, self.place = key, place


class CellKind(StrEnum):
    """The type of a cell in Excel; a cell of CSV is text. Its value is the letter in `SheetRow.kinds`."""

    TEXT = "t"
    NUMBER = "n"
    DAY = "d"  # written as 2022-04-01
    INSTANT = "i"  # written as 2022-04-01 09:30:00
    TIME = "l"  # a time of day or a length of time
    BOOLEAN = "b"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that is not blank. number: as Excel counts; cells: as many as the row has.

    kinds: a letter of `CellKind` for each cell, or empty if all are text.
    """

    number: int
    cells: tuple[str, ...]
    kinds: str = ""

    def kind(self, place: int) -> CellKind:
        """Return the type of the cell at a position."""
        return CellKind(self.kinds[place]) if self.kinds else CellKind.TEXT


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file below its headings. encoding: of a CSV file; name: of a workbook's sheet.

    above: rows before the headings, such as a title; hidden: numbers of hidden or filtered rows, which were
    skipped.
    """

    format: Format
    headings: SheetRow
    rows: Sequence[SheetRow]
    encoding: str | None = None
    name: str | None = None
    above: Sequence[SheetRow] = ()
    hidden: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request to read a file. headings: all known ones, as `headings.plain` returns them.

    sheet: the name of the sheet to read; encoding: of a CSV file with ambiguous bytes.
    """

    headings: frozenset[str] = frozenset()
    sheet: str | None = None
    hidden_rows: bool = False
    encoding: str | None = None


def marker(cell: str) -> tuple[str, str] | None:
    """Return the marker in a cell as one word, and the cells that it names; None for an ordinary cell."""
    found = _MARKER.fullmatch(cell) if cell.startswith("#") else None
    return (found[1].lower().replace("-", "_"), found[2]) if found else None
