"""The rows of a file as the reader hands them on, what may be wanted of it, and the bounds that it keeps."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 20_000  # that are not blank, headings apart
MAX_COLUMNS = 100
MAX_CELLS = 400_000  # that are not blank
MAX_CELL = 32_767  # what a cell of Excel holds
LAST_ROW = 1_048_576  # of a sheet of Excel
Format = Literal["csv", "xlsx"]
Encoding = Literal["utf-8", "cp932", "euc-jp", "utf-16", "iso-2022-jp"]

# Stand in a cell for a value that the file does not hold, so that no copy of it shows a blank there.
EXCEL_ERROR = "#EXCEL-ERROR!"  # #REF!, #N/A and their like
NO_VALUE = "#NO-VALUE!"  # a formula that nobody has computed
MERGED = "#MERGED!"  # followed by the first and the last cell, C2:C3
ESCAPE = "#ESCAPE!"  # an _xHHHH_ that may stand for itself or for a character
_MARKER = re.compile(r"#(EXCEL-ERROR|NO-VALUE|MERGED|ESCAPE)!(.*)", re.DOTALL)


class UnreadableFile(ValueError):
    """A file that is not taken. key: why, in one word; place: the row, the limit or the names, if any."""

    def __init__(self, key: str, place: int | str | None = None) -> None:
        super().__init__(key if place is None else f"{key}: {place}")
        self.key, self.place = key, place


class CellKind(StrEnum):
    """What Excel holds in a cell; a cell of CSV is text. Its value is the letter in `SheetRow.kinds`."""

    TEXT = "t"
    NUMBER = "n"
    DAY = "d"  # written as 2022-04-01
    INSTANT = "i"  # written as 2022-04-01 09:30:00
    TIME = "l"  # a time of day or a length of time
    BOOLEAN = "b"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row that is not blank. number: its place in the file as Excel counts; cells: as many as there are.

    kinds: a letter of `CellKind` for each cell, or empty where all of them are text.
    """

    number: int
    cells: tuple[str, ...]
    kinds: str = ""

    def kind(self, place: int) -> CellKind:
        """What the cell at a place holds."""
        return CellKind(self.kinds[place]) if self.kinds else CellKind.TEXT


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file below its headings. encoding: of a CSV file; name: of the sheet of a workbook.

    above: rows before the headings, as a title; hidden: numbers of rows that a filter or a person has hidden,
    and that were passed over.
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
    """What is wanted of a file. headings: all that are known, as `headings.plain` writes them.

    sheet: the name of the one to read; encoding: of a CSV file that does not show its own.
    """

    headings: frozenset[str] = frozenset()
    sheet: str | None = None
    hidden_rows: bool = False
    encoding: str | None = None


def marker(cell: str) -> tuple[str, str] | None:
    """Which marker stands in a cell, in one word, and the cells it names; None for an ordinary cell."""
    found = _MARKER.fullmatch(cell) if cell.startswith("#") else None
    return (found[1].lower().replace("-", "_"), found[2]) if found else None
