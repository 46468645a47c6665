"""The history as a table for people: CSV and XLSX. No cell becomes a formula."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from sqlalchemy import Connection

from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.export import CHUNK, Filter, rows_of

SUFFIXES = (".csv", ".xlsx")
COLUMNS = (
    "index", "subject", "seq", "kind", "event", "from_state", "to_state", "effective_at", "recorded_at", "actor",
    "reason", "caused_by", "terms", "because", "because_ja", "hash",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_SHEET = 1_048_575  # rows below the heading that a sheet can hold
_CELL = 32_767  # characters that a cell can hold


def write_table(conn: Connection, wanted: Filter, out: Path) -> int:
    """Writes logged rows to a .csv or .xlsx file; how many. Raises OSError; Unreadable: too many for a sheet."""
    return (_csv if out.suffix == ".csv" else _xlsx)(_cells(conn, wanted), out)


def _cells(conn: Connection, wanted: Filter) -> Iterator[list[Any]]:
    for row in conn.execute(rows_of(wanted).execution_options(yield_per=CHUNK)):
        said = orjson.loads(row.payload)
        said |= {name: "\n".join(r[name] for r in said["rulings"]) for name in ("because", "because_ja")}
        said |= {"index": row.idx, "hash": row.hash}
        yield [said[name] for name in COLUMNS]


def _csv(rows: Iterator[list[Any]], out: Path) -> int:
    number = 0
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([f"'{c}" if isinstance(c, str) and c.startswith(_FORMULA) else c for c in row])
            number += 1
    return number


def _xlsx(rows: Iterator[list[Any]], out: Path) -> int:
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("history")
    sheet.append(COLUMNS)
    number = 0
    for row in rows:
        sheet.append([_text(sheet, cell) if isinstance(cell, str) else cell for cell in row])
        number += 1
        if number > _SHEET:
            raise Unreadable(f"a sheet holds {_SHEET:,} rows: write a .csv, or ask for fewer")
    book.save(out)
    return number


def _text(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)[:_CELL])
    cell.data_type = "s"  # text, whatever it begins with
    return cell
