"""`python -m tests.audit 200`: exports so many random databases and tampers with each in every way."""

import sys
import tempfile
from pathlib import Path

from lifecycle.records.engine import open_engine
from lifecycle.records.migrate import migrate
from tests.audit.books import tried
from tests.audit.tampering import KINDS


def main(books: int, first: int = 0) -> int:
    """Tries the books of so many seeds; the number that was missed, or alarmed."""
    found: list[str] = []
    rows = 0
    with tempfile.TemporaryDirectory() as name:
        template = Path(name) / "empty.db"
        engine = open_engine(f"sqlite:///{template}")
        migrate(engine)
        engine.dispose()
        for seed in range(first, first + books):
            (Path(name) / "book.db").write_bytes(template.read_bytes())
            engine = open_engine(f"sqlite:///{Path(name) / 'book.db'}")
            number, wrong = tried(engine, seed, Path(name), [*KINDS])
            engine.dispose()
            rows, found = rows + number, found + wrong
    print(*found, sep="\n")
    print(f"{books} random books of {rows:,} rows, each exported clean, and tampered with in {len(KINDS)} ways: "
          f"{len(found)} false alarms, or missed")  # fmt: skip
    return len(found)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])) > 0)
