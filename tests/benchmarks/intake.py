"""A file of applications taken in row by row, beside bare inserts of the same rows, as many to a transaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, insert, select

from api.intake.columns import APPLICATIONS
from api.intake.run import BATCH, How, run
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.sheets.reading import read_sheet
from lifecycle.sheets.writing import csv_pieces
from lifecycle.terms.calendar import TOKYO
from tests.benchmarks.places import Copies, filled
from tests.benchmarks.report import Options, Result, alternating

NOW = datetime(2022, 4, 22, 9, tzinfo=TOKYO)
ROWS = 10_000  # of a file, unless a run is to be little
WRITTEN = (tables.contract, tables.personal, tables.history, tables.pending)


def intake(options: Options) -> Iterator[Result]:
    """Reads, checks and takes in a file of 10,000 applications; the bare minimum writes its rows alone."""
    content = file_of(min(ROWS, options.rows))
    for kind in options.kinds:
        with filled(kind, lambda engine: None) as copies:
            yield _measure(copies, kind, content, min(ROWS, options.rows), options)


def file_of(rows: int) -> bytes:
    """A CSV file of applications, every column that an ordinary one has filled in."""
    values = [column.example for column in APPLICATIONS.columns[:-1]]
    named = ([f"B-{number:06}", *values[1:], ""] for number in range(rows))
    return b"".join(csv_pieces([[column.heading for column in APPLICATIONS.columns], *named]))


def _measure(copies: Copies, kind: str, content: bytes, rows: int, options: Options) -> Result:
    written: list[list[dict[str, Any]]] = []

    def ours() -> float:
        with copies() as engine:
            begun = perf_counter()
            done = run(engine, read_sheet(content), How("desk", NOW))
            seconds = perf_counter() - begun
            assert done.new == rows
            with reading(engine) as conn:
                written[:] = [[dict(row._mapping) for row in conn.execute(select(table))] for table in WRITTEN]
        return rows / seconds

    def bare() -> float:
        with copies() as engine:
            return rows / _write(engine, written)

    rates = alternating(options.repeats, ours, bare)
    return Result("file of applications taken in", kind, rows, *rates)


def _write(engine: Engine, written: Sequence[list[dict[str, Any]]]) -> float:
    begun = perf_counter()
    for start in range(0, len(written[0]), BATCH):
        with writing(engine) as conn:
            for table, rows in zip(WRITTEN, written, strict=True):
                conn.execute(insert(table), rows[start : start + BATCH])
    return perf_counter() - begun
