"""Files imported row by row, of every kind and form; applications compared with bare inserts of the same rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, insert, select

from api.imports.columns import KINDS, FileKind
from api.imports.import_file import BATCH, ImportOptions, import_file
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.sheets.reading import read_sheet
from lifecycle.sheets.workbooks import xlsx_pieces
from lifecycle.sheets.writing import csv_pieces
from tests.benchmarks.contracts import applications, copy_patterns, fill
from tests.benchmarks.places import Copies, filled
from tests.benchmarks.report import Figure, Options, Result, Wanted, alternating, progress

NOW = datetime.fromisoformat("2026-01-20T09:00:00+09:00")
PART = 10  # of as many contracts a file has a row for one
LEAST = {"sqlite": Wanted("≥", 1000, "/s"), "postgresql": Wanted("≥", 500, "/s")}
FORMS = {"csv": csv_pieces, "xlsx": xlsx_pieces}
WRITTEN = (tables.contract, tables.personal, tables.history, tables.outbox)


def intake(options: Options) -> Iterator[Result | Figure]:
    """Read, check and import files of 10,000 rows; the bare minimum only writes the rows of applications."""
    rows = options.rows // PART
    for database in options.kinds:
        with filled(database, lambda engine: fill(engine, rows, notified=False)) as copies:
            for name in _OWN:
                if name not in _OF_APPLICATIONS:
                    yield from _rates(copies, database, KINDS[name], rows, options)
        with filled(database, lambda engine: copy_patterns(engine, applications(), rows)) as copies:
            for name in _OF_APPLICATIONS:
                yield from _rates(copies, database, KINDS[name], rows, options)
        with filled(database, None) as copies:
            yield _beside_bare(copies, database, rows, options)


def _rates(copies: Copies, database: str, kind: FileKind, rows: int, options: Options) -> Iterator[Figure]:
    for form in FORMS:
        content = file_of(kind, form, rows)
        rates = [rows / _taken(copies, content, rows) for _ in progress(range(options.repeats), form)]
        name = f"file of {kind.name}, {form}"
        yield Figure(name, database, rows, median(rates), "/s", wanted=LEAST[database])


def file_of(kind: FileKind, form: str, rows: int) -> bytes:
    """A file with so many rows, every column filled in that an ordinary one has filled in."""
    ordinary = {column.name: column.example for column in kind.columns}
    own = _OWN[kind.name]
    made = ([*(ordinary | own(number)).values()] for number in range(rows))
    return b"".join(FORMS[form]([[column.heading for column in kind.columns], *made]))


def _book(number: int) -> dict[str, str]:
    """Every tenth row of a book has an option, every twentieth a notice."""
    own = {"reference": f"B-{number:06}", "items": "", "notice.arrived_on": ""}
    if number % 20 == 0:
        own["notice.arrived_on"] = "2026-01-10"
    if number % 10 == 0:
        return own | {"option.reference": f"B-{number:06}-D"}
    return own | {column.name: "" for column in KINDS["book"].columns if column.name.startswith("option.")}


_OWN: Mapping[str, Callable[[int], dict[str, str]]] = {
    "applications": lambda n: {
        "reference": f"B-{n:06}", "received_on": "2026-01-10", "requested_billing_start_on": "2026-02-01",
        "options.0.reference": "",
    },
    "notices": lambda n: {"contract": f"R-{n}", "arrived_on": "2026-01-15", "reason": "by post"},
    "usage": lambda n: {"contract": f"R-{n}", "month": "2025-12", "transcode_hours": f"{n % 50}.5"},
    "options": lambda n: {"contract": f"R-{n}", "reference": f"R-{n}-D", "received_on": "2026-01-10"},
    "item_changes": lambda n: {"contract": f"R-{n}", "reference": f"R-{n}-C", "received_on": "2026-01-10"},
    "acceptances": lambda n: {
        "contract": f"R-{n}", "accepted_on": "2026-01-15", "billing_starts_on": "2026-02-01",
        "initial_fee_yen": "", "monthly_fee_yen": "", "effective_on": "", "fee_yen": "",
    },
    "book": _book,
}  # fmt: skip
_OF_APPLICATIONS = ("acceptances",)  # what is taken in for contracts that have been applied for alone


def _taken(copies: Copies, content: bytes, rows: int, keep: list[Any] | None = None) -> float:
    with copies() as engine:
        begun = perf_counter()
        done = import_file(engine, read_sheet(content), ImportOptions("desk", NOW))
        seconds = perf_counter() - begun
        assert done.new == rows, [str(fault.said) for wrong in done.wrong[:1] for fault in wrong.faults]
        if keep is not None:
            with reading(engine) as conn:
                keep[:] = [[dict(row._mapping) for row in conn.execute(select(table))] for table in WRITTEN]
    return seconds


def _beside_bare(copies: Copies, database: str, rows: int, options: Options) -> Result:
    written: list[list[dict[str, Any]]] = []
    content = file_of(KINDS["applications"], "csv", rows)

    def bare() -> float:
        with copies() as engine:
            return rows / _write(engine, written)

    rates = alternating(options.repeats, lambda: rows / _taken(copies, content, rows, written), bare)
    return Result("file of applications taken in", database, rows, *rates)


def _write(engine: Engine, written: Sequence[list[dict[str, Any]]]) -> float:
    begun = perf_counter()
    for start in range(0, len(written[0]), BATCH):
        with writing(engine) as conn:
            for table, rows in zip(WRITTEN, written, strict=True):
                conn.execute(insert(table), rows[start : start + BATCH])
    return perf_counter() - begun
