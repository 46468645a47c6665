"""The process that reads one file: it comes by standard input, and its rows go out by standard output.

In: a line with what is wanted, in JSON, then the file. Out: a line of JSON for each row, and at last what the file
is, or why it is refused. Memory and time are limited here, so that no file reaches beyond this process.
"""

import resource
import sys
from collections.abc import Iterator

import orjson

from lifecycle.sheets.parsing import parse
from lifecycle.sheets.rows import UnreadableFile, Wanted

MEMORY = 72 * 1024 * 1024  # bytes of data: 64 MiB beside the interpreter's own,
MEMORY_A_BYTE = 4  # and for each byte of the file, so that one with much text is read too
FEWEST_SECONDS, MOST_SECONDS = 2, 20  # of processor time
SECONDS_A_BYTE = 0.05 / 1024


def main() -> None:
    """Reads the file that stands at the standard input."""
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
    """What goes out, line by line. wanted: the line that comes before the file."""
    known = orjson.loads(wanted)
    try:
        for found in _found(content, Wanted(**known | {"headings": frozenset(known["headings"])})):
            yield _line(found)
    except UnreadableFile as error:
        yield _line({"refused": error.key, "place": error.place})
    except MemoryError:
        yield _line({"refused": "too_much_memory", "place": None})
    except Exception:  # the reader of workbooks meets a broken one with whatever its parts raise
        yield _line({"refused": "xlsx", "place": None})


def _found(content: bytes, wanted: Wanted) -> Iterator[object]:
    parsed = parse(content, wanted)
    for row in parsed.rows:
        yield [row.number, row.cells, row.kinds]
    yield {"format": parsed.format, "encoding": parsed.encoding, "name": parsed.name, "hidden": parsed.hidden}


def _line(said: object) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)
