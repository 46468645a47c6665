"""Writes rows as CSV in pieces, without formulas. XLSX: lifecycle/sheets/workbooks.py."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

# = + - @ and their full-width forms, also after spaces.
_LIVE = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")
_QUOTED = re.compile(r"'+[=+\-@＝＋－＠\t\r\n]")


def inert(text: str) -> str:
    """Return the text for a CSV cell: an apostrophe precedes what would become a formula."""
    return f"'{text}" if _LIVE.match(text) else text


def as_typed(text: str) -> str:
    """Return the text that was given to `inert`; the two are exact inverses."""
    return text[1:] if _QUOTED.match(text) else text


CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOM = "\ufeff"  # Excel recognises UTF-8 by the BOM
PIECE = 64 * 1024
Cell = str | int | None
TableRows = Iterable[Sequence[Cell]]


def csv_pieces(rows: TableRows) -> Iterator[bytes]:
    """Return a CSV file in UTF-8 with BOM and CR LF line ends (RFC 4180)."""
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
