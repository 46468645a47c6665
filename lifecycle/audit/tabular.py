"""The history as a table for people: CSV and XLSX. No cell becomes a formula."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from sqlalchemy import Engine

from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.export import ExportFilter, ExportProgress, chosen
from lifecycle.audit.log import read_at
from lifecycle.history.rows import in_full
from lifecycle.records.engine import reading
from lifecycle.sheets.workbooks import xlsx_pieces
from lifecycle.sheets.writing import Cell, csv_pieces
from lifecycle.terms.ruling import show_stored

SUFFIXES = (".csv", ".xlsx")
COLUMNS = (
    "index", "subject", "seq", "kind", "event", "from_state", "to_state", "effective_at", "recorded_at", "actor",
    "reason", "caused_by", "terms", "because", "because_ja", "hash",
)  # fmt: skip
_SHEET = 1_048_575  # rows below the heading that a sheet can hold
_CELL = 32_767  # characters that a cell can hold
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_table(engine: Engine, wanted: ExportFilter, out: Path, progress: ExportProgress = lambda _: None) -> int:
    """Write log rows to a .csv or .xlsx file; return how many.

    The file is renamed to its final name when it is complete. progress: called with the number of rows read.
    Raises OSError; Unreadable: too many for a sheet.
    """
    number = 0

    def told(rows: int) -> None:
        nonlocal number
        number += rows
        if out.suffix == ".xlsx" and number > _SHEET:
            raise Unreadable(f"a sheet holds {_SHEET:,} rows: write a .csv, or ask for fewer")
        progress(rows)

    rows = chain([COLUMNS], _rows(engine, wanted, told))
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("wb") as file:
            file.writelines(csv_pieces(rows) if out.suffix == ".csv" else xlsx_pieces(map(_fitting, rows)))
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return number


def _rows(engine: Engine, wanted: ExportFilter, told: ExportProgress) -> Iterator[Sequence[Cell]]:
    for places in chosen(engine, wanted, terms=False):
        told(len(places))
        with reading(engine) as conn:
            found = read_at(conn, places)
            payloads = in_full(conn, found)
        for row, said in zip(found, payloads, strict=True):
            shown = show_stored(said["rulings"])
            said |= {name: "\n".join(r[name] for r in shown) for name in ("because", "because_ja")}
            said |= {"index": row.idx, "hash": row.hash}
            yield [said[name] for name in COLUMNS]


def _fitting(row: Sequence[Cell]) -> list[Cell]:
    """A row for a sheet: without characters that XML does not allow, and without cells that are too long."""
    return [_NOT_IN_XML.sub("\ufffd", c)[:_CELL] if isinstance(c, str) else c for c in row]
