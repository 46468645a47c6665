"""Reads the tables of cases and reports in one sentence a row that is not met.

The tables may come out of a spreadsheet: a byte order mark, 2022/4/1, May-22 and TRUE are read as meant.
"""

import csv
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import pytest

Row = dict[str, str | None]

FOLDER = Path(__file__).resolve().parent.parent / "cases"
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@cache
def rows(name: str) -> list[Row]:
    """The rows of tests/cases/<name>.csv in their order, read once; an empty cell is None."""
    path = FOLDER / f"{name.removesuffix('.csv')}.csv"
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is not UTF-8: save it as 'CSV UTF-8'") from error
    header, *body = csv.reader(lines, strict=True)
    found: dict[str, Row] = {}
    for cells in body:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise ValueError(f"{path.name}, row {cells[0]}: {len(cells)} cells, the header has {len(header)}")
        row = {column: tidy(cell) for column, cell in zip(header, cells, strict=True)}
        name_of_row = row["id"]
        if name_of_row is None or name_of_row in found:
            raise ValueError(f"{path.name}: a row has no id of its own ({name_of_row})")
        found[name_of_row] = row
    return list(found.values())


def table(name: str) -> pytest.MarkDecorator:
    """Parametrises a test with the rows of a table: one test per row, named by its id."""
    return pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in rows(name)])


def tidy(cell: str) -> str | None:
    """One cell as intended: reverses a spreadsheet's changes to days, months, true and false."""
    text = cell.strip()
    if match := re.fullmatch(r"(\d{4})/(\d{1,2})/(\d{1,2})", text):
        return f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}"
    if (match := re.fullmatch(r"([A-Z][a-z]{2})-(\d\d)", text)) and match[1] in MONTHS:
        return f"20{match[2]}-{MONTHS.index(match[1]) + 1:02d}"
    if text in ("TRUE", "FALSE"):
        return text.lower()
    return text or None


def text(row: Row, column: str) -> str:
    """A cell that may not be empty."""
    cell = row[column]
    if cell is None:
        raise ValueError(f"row {row['id']}: {column} is empty")
    return cell


def day(row: Row, column: str) -> date:
    """A day that may not be missing."""
    return date.fromisoformat(text(row, column))


def day_or_none(row: Row, column: str) -> date | None:
    return None if row.get(column) is None else day(row, column)


def whole(row: Row, column: str) -> int:
    return int(text(row, column))


def notices(row: Row, column: str = "notices") -> list[tuple[date, date | None]]:
    """`2022-04-01/2022-05-31; 2022-04-10/` as (arrived, chosen or None), in the order written."""
    pairs = [part.strip().partition("/") for part in text(row, column).split(";")]
    return [(date.fromisoformat(a), date.fromisoformat(c) if c else None) for a, _, c in pairs]


def check(row: Row, computed: Mapping[str, object]) -> None:
    """Fails with the row's id, article, reading, every column that differs, and the row's own reason."""
    wrong = [
        f"{column}: the table says {row[column] or 'nothing'}, computed {cell(value) or 'nothing'}"
        for column, value in computed.items()
        if row[column] != cell(value)
    ]
    if wrong:
        where = f"{row['id']} ({row['article']}, {row['reading']})"
        raise AssertionError(f"{where}: {'; '.join(wrong)}. Why the table says so: {row['why']}")


def cell(value: object) -> str | None:
    """A value in the form of a table."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
