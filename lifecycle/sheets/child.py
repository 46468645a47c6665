"""The child process that reads one file from standard input and writes its rows to standard output.

Input: a line of JSON with the request, then the file. Output: a line of JSON for each row, and finally the kind of
the file or the reason for its refusal. Memory and time are limited here, so that no file affects another process.
"""

import resource
import sys
from collections.abc import Iterator

import orjson

from lifecycle.sheets.parsing import parse
from lifecycle.sheets.rows import UnreadableFile, Wanted

MEMORY = 72 * 1024 * 1024  # bytes of data: 64 MiB in addition to the interpreter's own,
MEMORY_A_BYTE = 4  # and for each byte of the file, for files with much text
FEWEST_SECONDS, MOST_SECONDS = 2, 20  # seconds of processor time
SECONDS_A_BYTE = 0.05 / 1024


def main() -> None:
    """Read the file on standard input."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    first = sys.stdin.buffer.readline()
    content = sys.stdin.buffer.read()
    memory = MEMORY + MEMORY_A_BYTE * len(content)
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    seconds = int(min(MOST_SECONDS, max(FEWEST_SECONDS, SECONDS_A_BYTE * len(content))))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    for line in lines(content, first):
        sys.stdout.buffer.write(line)


def lines(content: bytes, wanted: bytes) -> Iterator[bytes]:
    """Yield the lines of the output. wanted: the line before the file."""
    known = orjson.loads(wanted)
    try:
        for found in _found(content, Wanted(**known | {"headings": frozenset(known["headings"])})):
            yield _line(found)
    except UnreadableFile as error:
        yield _line({"refused": error.key, "place": error.place})
    except MemoryError:
        yield _line({"refused": "too_much_memory", "place": None})
    except Exception:  # the workbook reader raises many kinds of errors for a broken file
        yield _line({"refused": "xlsx", "place": None})


def _found(content: bytes, wanted: Wanted) -> Iterator[object]:
    parsed = parse(content, wanted)
    for row in parsed.rows:
        yield [row.number, row.cells, row.kinds]
    yield {"format": parsed.format, "encoding": parsed.encoding, "name": parsed.name, "hidden": parsed.hidden}


def _line(said: object) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)
