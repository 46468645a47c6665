"""Writes rows as CSV, piece by piece; formulas are made inert. XLSX: lifecycle/sheets/workbooks.py."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

# = + - @ and their full-width forms, and the blanks that may stand before them.
_LIVE = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")
_QUOTED = re.compile(r"'+[=+\-@＝＋－＠\t\r\n]")


def inert(text: str) -> str:
    """The text for a cell of a CSV file: an apostrophe before what would become a formula."""
    return f"'{text}" if _LIVE.match(text) else text


def as_typed(text: str) -> str:
    """The text that `inert` was given: every text comes back as it was."""
    return text[1:] if _QUOTED.match(text) else text


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
