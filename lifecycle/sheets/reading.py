"""Reads the rows of a CSV or XLSX file in a child process, which is stopped if it takes too much time or
memory.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from threading import Timer
from typing import IO, Any

import orjson

from lifecycle.sheets.headings import FIRST_ROWS, best
from lifecycle.sheets.rows import (
    EXCEL_ERROR,
    LAST_ROW,
    MAX_BYTES,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    Format,
    Sheet,
    SheetRow,
    UnreadableFile,
    Wanted,
)

__all__ = [
    "EXCEL_ERROR",
    "LAST_ROW",
    "MAX_BYTES",
    "MAX_CELL",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "Format",
    "Sheet",
    "SheetRow",
    "UnreadableFile",
    "Wanted",
    "read_sheet",
]  # fmt: skip
SECONDS = 60.0  # seconds of real time after which the child is stopped; its processor time ends earlier
ANYTHING = Wanted()
CHILD = (
    sys.executable,
    "-c",
    "from lifecycle.sheets.child import main; main()",
)  # -m loads many modules to find it


def read_sheet(content: bytes, wanted: Wanted = ANYTHING) -> Sheet:
    """Read a file, whatever its name. Raises UnreadableFile.

    The headings are the row with the most known headings among the first rows, or else the first row.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableFile("too_large", MAX_BYTES)
    rows, said = _answer(content, wanted)
    if "refused" in said:
        raise UnreadableFile(said["refused"], said["place"])
    place, _ = best((row.cells for row in rows[:FIRST_ROWS]), wanted.headings)
    return Sheet(
        said["format"],
        rows[place],
        rows[place + 1 :],
        said["encoding"],
        said["name"],
        rows[:place],
        said["hidden"],
    )


def _answer(content: bytes, wanted: Wanted) -> tuple[list[SheetRow], dict[str, Any]]:
    asked = {
        "headings": sorted(wanted.headings), "sheet": wanted.sheet, "hidden_rows": wanted.hidden_rows,
        "encoding": wanted.encoding,
    }  # fmt: skip
    rows: list[SheetRow] = []
    said: dict[str, Any] | None = None
    for line in in_a_process(content, orjson.dumps(asked, option=orjson.OPT_APPEND_NEWLINE)):
        if not line.endswith(b"\n"):  # of a process that was killed while it wrote a line
            break
        found = orjson.loads(line)
        if isinstance(found, dict):
            said = found
        else:
            number, cells, kinds = found
            rows.append(SheetRow(number, tuple(cells), kinds))
    return rows, said or {"refused": "too_much_work", "place": None}


def in_a_process(content: bytes, wanted: bytes) -> Iterator[bytes]:
    """Yield the lines of `lifecycle.sheets.child` until it ends."""
    process = subprocess.Popen(  # noqa: S603 - this interpreter, and nothing of the file among its arguments
        CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    given_up = Timer(SECONDS, process.kill)
    given_up.start()
    try:
        with process:
            assert process.stdin and process.stdout
            _send(process.stdin, wanted, content)
            yield from process.stdout
    finally:
        process.kill()
        given_up.cancel()


def _send(pipe: IO[bytes], *pieces: bytes) -> None:
    """Write to the child and close the pipe. A child that has ended shows this by its output."""
    with suppress(BrokenPipeError):
        for piece in pieces:
            pipe.write(piece)
    with suppress(BrokenPipeError):  # closing raises it again for the rest of the buffer
        pipe.close()
