"""Reads the values of one visible sheet of a workbook as Excel last saved them. It computes no formula."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from lifecycle.sheets.headings import FIRST_ROWS, FITS, best
from lifecycle.sheets.rows import ESCAPE, MERGED, CellKind, SheetRow, UnreadableFile, Wanted
from lifecycle.sheets.structure import Budget, Shape, check_strings, parts_of_sheets, shape_of

_ESCAPE = re.compile(r"_x(?!00)[0-9A-Fa-f]{4}_")  # calamine decodes those up to FF; no program writes others
Area = tuple[tuple[int, int], tuple[int, int]]  # first and last cell, counted from 0


class CheckedBook:
    """A workbook whose shared texts were checked against the limits."""

    def __init__(self, packed: zipfile.ZipFile, content: bytes) -> None:
        self._packed, self._budget = packed, Budget.of(len(content))
        check_strings(packed, self._budget)
        self._parts = parts_of_sheets(packed, self._budget)
        self._book = CalamineWorkbook.from_filelike(io.BytesIO(content))

    def chosen(self, wanted: Wanted) -> tuple[str, Iterator[SheetRow], list[int]]:
        """Return the requested sheet, or else the only visible sheet, or else the only one with known headings.

        Returns its name, its rows, and the numbers of skipped hidden rows, complete after the rows have been read.
        Raises UnreadableFile.
        """
        visible = {
            sheet.name: place
            for place, sheet in enumerate(self._book.sheets_metadata)
            if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
        }
        names = "、".join(visible)
        if wanted.sheet is not None:
            if wanted.sheet not in visible:
                raise UnreadableFile("sheet_unknown", names)
            visible = {wanted.sheet: visible[wanted.sheet]}
        if not visible:
            raise UnreadableFile("no_sheet")
        found = {name: self._read(place, wanted) for name, place in visible.items() if len(visible) == 1}
        if not found:
            found = {name: read for name, place in visible.items() if (read := self._fitting(place, wanted))}
        if len(found) != 1:
            raise UnreadableFile("which_sheet", names)
        ((name, (rows, hidden)),) = found.items()
        return name, rows, hidden

    def _fitting(self, place: int, wanted: Wanted) -> tuple[Iterator[SheetRow], list[int]] | None:
        """Return the rows of a sheet with known headings, else None; None, too, if it exceeds most limits."""
        try:
            rows, hidden = self._read(place, wanted)
        except UnreadableFile as error:
            if error.key == "bomb":
                raise
            return None
        first = list(islice(rows, FIRST_ROWS))
        _, known = best((row.cells for row in first), wanted.headings)
        return (_chained(first, rows), hidden) if known >= FITS else None

    def _read(self, place: int, wanted: Wanted) -> tuple[Iterator[SheetRow], list[int]]:
        shape = shape_of(self._packed, self._parts[place], self._budget)
        hidden: list[int] = []
        return _rows(self._book.get_sheet_by_index(place), shape, wanted.hidden_rows, hidden), hidden


def _rows(sheet: CalamineSheet, shape: Shape, take_hidden: bool, hidden: list[int]) -> Iterator[SheetRow]:
    left = sheet.start[1] if sheet.start else 0
    merged = list(sheet.merged_cell_ranges or ())
    marked: dict[int, dict[int, str]] = {}
    for (row, column), what in shape.marked.items():
        marked.setdefault(row, {})[column] = what
    for number, values in _numbered(sheet, marked):
        marks = marked.get(number, {})
        if not marks and all(value == "" for value in values):
            continue
        if number in shape.hidden and not take_hidden:
            hidden.append(number)
            continue
        cells, kinds = [""] * left, ["t"] * left
        for value in values:
            text, kind = _text(value)
            cells.append(text)
            kinds.append(kind)
        for column, what in (marks | _merged(merged, number)).items():
            more = column + 1 - len(cells)
            cells += [""] * more
            kinds += ["t"] * more
            cells[column], kinds[column] = what, "t"
        yield SheetRow(number, tuple(cells), "".join(kinds))


def _numbered(sheet: CalamineSheet, marked: dict[int, dict[int, str]]) -> Iterator[tuple[int, list[Any]]]:
    """Yield the rows with values, and rows below them that contain only marks."""
    last = 0
    if sheet.start:
        for last, values in enumerate(sheet.iter_rows(), 1):
            yield last, values
    yield from ((number, []) for number in sorted(marked) if number > last)


def _merged(areas: Sequence[Area], number: int) -> dict[int, str]:
    """Return the marks of the merged cells in a row, by column."""
    found: dict[int, str] = {}
    for (top, left), (bottom, right) in areas:
        if top < number <= bottom + 1 and (top, left) != (bottom, right):
            what = f"{MERGED}{_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}"
            found |= dict.fromkeys(range(left, min(right, left + 200) + 1), what)
    return found


def _text(value: Any) -> tuple[str, str]:
    """Return a value as text, and the letter of its type."""
    match value:
        case str():
            return (ESCAPE if "_x" in value and _ESCAPE.search(value) else value), "t"
        case bool():
            return ("TRUE" if value else "FALSE"), CellKind.BOOLEAN.value
        case float() | int():
            return (str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(value)), "n"
        case datetime():
            seen = (value + timedelta(milliseconds=500)).replace(microsecond=0)
            if seen.time() == time():
                return seen.date().isoformat(), CellKind.DAY.value
            return seen.isoformat(sep=" "), CellKind.INSTANT.value
        case date():
            return value.isoformat(), CellKind.DAY.value
    return str(value), CellKind.TIME.value


def _chained(first: Sequence[SheetRow], rest: Iterator[SheetRow]) -> Iterator[SheetRow]:
    yield from first
    yield from rest


def _letters(column: int) -> str:
    letters = ""
    while column >= 0:
        letters = chr(ord("A") + column % 26) + letters
        column = column // 26 - 1
    return letters
