"""Writes rows as CSV, piece by piece; no text ever becomes a formula. XLSX: lifecycle/sheets/workbooks.py."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from lifecycle.sheets.inert import inert

CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOM = "\ufeff"  # by which Excel recognises UTF-8
PIECE = 64 * 1024
Cell = str | int | None
TableRows = Iterable[Sequence[Cell]]


def csv_pieces(rows: TableRows) -> Iterator[bytes]:
    """A CSV file, UTF-8 with BOM, lines ended by CR LF (RFC 4180)."""
    buffer = io.StringIO(newline="")
    buffer.write(BOM)
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([inert(cell) if isinstance(cell, str) else cell for cell in row])
        if buffer.tell() >= PIECE:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
