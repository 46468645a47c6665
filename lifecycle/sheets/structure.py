"""Examines the XML of a workbook before its values are read, and stops at the first limit exceeded.

It also finds what the reader of values hides: hidden rows, formulas without values, and errors, which would be
read as blank cells.
"""

import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from xml.parsers import expat

from lifecycle.sheets.containers import part
from lifecycle.sheets.rows import EXCEL_ERROR, LAST_ROW, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, NO_VALUE, UnreadableFile

MAX_UNPACKED = 100 * 1024 * 1024
FREE, RATIO = (
    1024 * 1024,
    100,
)  # bytes that a file may unpack to, and per byte of the file; Excel needs 10 to 30
MAX_AREA = 1_000_000  # cells of the used area, including blank ones: the reader keeps all in memory
MAX_ROW_TAGS = 5 * MAX_ROWS  # blank but formatted rows
MAX_MERGED = 1_000
MAX_DEPTH = 100
_CHUNK = 64 * 1024
_DIGITS = "0123456789"
Start = Callable[[str, dict[str, str]], None]


@dataclass(slots=True)
class Budget:
    """The bytes to which the parts of one file may still unpack."""

    left: int

    @classmethod
    def of(cls, content_bytes: int) -> "Budget":
        """Return the budget of a file of so many bytes."""
        return cls(min(MAX_UNPACKED, FREE + RATIO * content_bytes))


@dataclass(slots=True)
class Shape:
    """The structure of a sheet. marked: markers of missing values, by row and column."""

    hidden: set[int] = field(default_factory=set)
    marked: dict[tuple[int, int], str] = field(default_factory=dict)


def check_strings(packed: zipfile.ZipFile, budget: Budget) -> None:
    """Examine the shared texts of the sheets, and the formats. Raises UnreadableFile."""
    found = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal found
        found += name == "si"
        if found > MAX_CELLS:
            raise UnreadableFile("too_many_cells", MAX_CELLS)

    for name in ("xl/sharedStrings.xml", "xl/styles.xml"):
        if one := part(packed, name):
            walk(packed, one, budget, start)


def parts_of_sheets(packed: zipfile.ZipFile, budget: Budget) -> list[str]:
    """Return the names of the parts that contain the sheets, in the order of the workbook."""
    ids: list[str] = []
    targets: dict[str, str] = {}

    def sheets(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            ids.extend(value for key, value in attributes.items() if key.endswith(":id"))

    def relations(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    for name, start in (("xl/workbook.xml", sheets), ("xl/_rels/workbook.xml.rels", relations)):
        if not (one := part(packed, name)):
            raise UnreadableFile("xlsx")
        walk(packed, one, budget, start)
    found = (targets.get(id_, "").removeprefix("/") for id_ in ids)
    return [name if name.startswith("xl/") else f"xl/{name}" for name in found]


def shape_of(packed: zipfile.ZipFile, name: str, budget: Budget) -> Shape:
    """Examine one sheet. Raises UnreadableFile if it is broken or exceeds a limit."""
    if not (one := part(packed, name)):
        raise UnreadableFile("xlsx")
    look = _SheetScan()
    walk(packed, one, budget, look.start, look)
    return look.shape


class _SheetScan:
    """Handles the XML elements of one sheet."""

    def __init__(self) -> None:
        self.shape = Shape()
        self.row, self.row_text, self.column, self.cells, self.row_tags, self.merged = 0, "0", 0, 0, 0, 0
        self.first_row, self.first_column, self.last_column = 0, MAX_COLUMNS, 0
        self.type: str | None = None
        self.formula = False
        self.parser: Any = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._cell(attributes)
        elif name == "v" or name == "is":
            self._value()
        elif name == "row":
            self._row(attributes)
        elif name == "f":
            self._content()
            self.formula = True
            self.shape.marked[self.row, self.column] = NO_VALUE  # until a value follows
        elif name == "mergeCell":
            self.merged += 1
            if self.merged > MAX_MERGED:
                raise UnreadableFile("too_many_merged", MAX_MERGED)

    def _row(self, attributes: dict[str, str]) -> None:
        number = int(attributes.get("r") or self.row + 1)
        self.row_tags += 1
        if self.row_tags > MAX_ROW_TAGS or number > LAST_ROW:
            raise UnreadableFile("too_many_rows", MAX_ROWS)
        if number <= self.row:
            raise UnreadableFile("xlsx")
        self.row, self.row_text, self.column = number, str(number), -1
        if attributes.get("hidden") in ("1", "true") or attributes.get("ht") == "0":
            self.shape.hidden.add(number)

    def _cell(self, attributes: dict[str, str]) -> None:
        if self.formula:
            self.formula, self.parser.CharacterDataHandler = False, None
        self.type = attributes.get("t")
        place = attributes.get("r")
        if place is None:
            self.column += 1
            return
        letters = place.rstrip(_DIGITS)
        if place[len(letters) :] != self.row_text:
            raise UnreadableFile("xlsx")
        self.column = _column(letters)

    def _value(self) -> None:
        if self.type == "e":
            self.shape.marked[self.row, self.column] = EXCEL_ERROR
        elif not self.formula:
            self._content()
        elif self.type == "str":  # a formula may declare its cell empty
            self._computed()
        else:
            self.parser.CharacterDataHandler = self._text

    def _content(self) -> None:
        """Count a cell that is not blank, and extend the used area."""
        self.cells += 1
        if self.cells > MAX_CELLS:
            raise UnreadableFile("too_many_cells", MAX_CELLS)
        column = self.column
        if column >= MAX_COLUMNS:
            raise UnreadableFile("too_many_columns", MAX_COLUMNS)
        self.first_row = self.first_row or self.row
        if column < self.first_column:
            self.first_column = column
        if column > self.last_column:
            self.last_column = column
        if (self.row - self.first_row + 1) * (self.last_column - self.first_column + 1) > MAX_AREA:
            raise UnreadableFile("too_many_cells", MAX_AREA)

    def _text(self, text: str) -> None:
        if text.strip():
            self._computed()

    def _computed(self) -> None:
        self.shape.marked.pop((self.row, self.column), None)
        self.parser.CharacterDataHandler = None


def walk(
    packed: zipfile.ZipFile, one: zipfile.ZipInfo, budget: Budget, start: Start, look: _SheetScan | None = None
) -> None:
    """Parse one part to its end and pass on its elements. Raises UnreadableFile for a broken or too large part,
    and for entities.
    """
    parser, depth = expat.ParserCreate(), 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise UnreadableFile("bomb")
        start(name.rpartition(":")[2], attributes)

    def closed(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.StartDoctypeDeclHandler = _refuse
    if look is not None:
        look.parser = parser
    try:
        with packed.open(one) as content:
            while piece := content.read(_CHUNK):
                budget.left -= len(piece)
                if budget.left < 0:
                    raise UnreadableFile("bomb")
                parser.Parse(piece)
        parser.Parse(b"", True)
    except UnreadableFile:
        raise
    except (expat.ExpatError, zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError, zlib.error):
        raise UnreadableFile("xlsx") from None


def _refuse(*_: object) -> None:
    raise UnreadableFile("xlsx")  # no office program writes a document type: its purpose is its entities


@lru_cache(maxsize=1024)
def _column(letters: str) -> int:
    if not 1 <= len(letters) <= 3 or not letters.isascii() or not letters.isupper():
        raise UnreadableFile("xlsx")
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - ord("A") + 1
    return found - 1
