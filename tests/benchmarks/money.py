"""An outage of all contracts, and the statements of a month for all, compared with only writing the same rows."""

import csv
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, select

from lifecycle.commands.command import CommandContext
from lifecycle.commands.outages import OutageReport, open_outage, recover
from lifecycle.records import tables
from lifecycle.records.bulk_insert import write_row_sets
from lifecycle.records.engine import reading, writing
from lifecycle.records.row_sets import RowSet
from lifecycle.terms.calendar import TOKYO
from tests.benchmarks.contracts import fill
from tests.benchmarks.places import Copies, filled
from tests.benchmarks.report import Options, Result, alternating

KNOWN_AT = datetime(2026, 1, 15, 8, tzinfo=TOKYO)
RECOVERED_AT = datetime(2026, 1, 15, 20, tzinfo=TOKYO)
MONTH = "2026-01"
WRITTEN = (tables.SUBJECTS["credit"], tables.history, tables.outbox)


def outage(options: Options) -> Iterator[Result]:
    """Opens and recovers an outage of all contracts; the bare minimum writes the same rows and nothing more."""
    for kind in options.kinds:
        with filled(kind, lambda engine: fill(engine, options.rows, notified=False)) as copies:
            yield from _outage(copies, kind, options)


def _outage(copies: Copies, kind: str, options: Options) -> Iterator[Result]:
    rows: dict[str, list[list[tuple[Any, ...]]]] = {}
    rates: dict[str, list[float]] = {"opened": [], "recovered": []}

    def ours() -> float:
        with copies() as engine:
            opened = timed(lambda: _open(engine))
            rows["opened"] = [_rows(engine, table) for table in WRITTEN]
            recovered = timed(lambda: _recover(engine))
        rates["opened"].append(options.rows / opened)
        rates["recovered"].append(options.rows / recovered)
        return options.rows / opened

    def bare() -> float:
        with copies() as engine:
            return options.rows / timed(lambda: _bare(engine, rows["opened"]))

    opened, written = alternating(options.repeats, ours, bare)
    yield Result("outage of all contracts opened", kind, options.rows, opened, written)
    yield Result("the same outage recovered", kind, options.rows, rates["recovered"], written)


def _open(engine: Engine) -> None:
    with writing(engine) as conn:
        open_outage(conn, CommandContext("bench", KNOWN_AT), OutageReport(KNOWN_AT, "alert", True, None))


def _recover(engine: Engine) -> None:
    with writing(engine) as conn:
        outage_id = conn.execute(select(tables.SUBJECTS["outage"].c.id)).scalar_one()
        recover(conn, outage_id, CommandContext("bench", RECOVERED_AT), RECOVERED_AT)


def _rows(engine: Engine, table: Any) -> list[tuple[Any, ...]]:
    with reading(engine) as conn:
        rows = [tuple(row) for row in conn.execute(select(table))]
    return [(*row[:-1], row[-1].encode()) for row in rows] if table is tables.history else rows


def _bare(engine: Engine, rows: list[list[tuple[Any, ...]]]) -> None:
    with writing(engine) as conn:
        for table, values in zip(WRITTEN, rows, strict=True):
            write_row_sets(conn, [RowSet(table, tuple(column.name for column in table.columns), values)])


def statements(options: Options) -> Iterator[Result]:
    """Runs the command in a process of its own; the bare minimum reads the contracts and writes as many lines."""
    kinds = [kind for kind in options.kinds if kind == "postgresql"]
    for kind in kinds:
        with filled(kind, lambda engine: fill(engine, options.rows, notified=False)) as copies:
            peaks: list[int] = []
            rates = alternating(
                options.repeats,
                lambda copies=copies, peaks=peaks: _statements(copies, options.rows, peaks),  # type: ignore[misc]
                lambda copies=copies: _bare_lines(copies, options.rows),  # type: ignore[misc]
            )
            what = f"statements of {MONTH}, peak {max(peaks) / 1024:.0f} MiB"
            yield Result(what, kind, options.rows, *rates)


ALONE = """
import resource, sys
from pathlib import Path
from time import perf_counter
from rich.console import Console
from lifecycle.records.engine import open_engine
from lifecycle.queries.statement_file import export_statements
from lifecycle.terms.calendar import Month
month, file = Month.parse(sys.argv[2]), Path(sys.argv[3])
number, lines, _, seconds = export_statements(open_engine(sys.argv[1]), month, file, Console())
print(number, lines, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _statements(copies: Copies, rows: int, peaks: list[int]) -> float:
    with copies() as engine, tempfile.TemporaryDirectory() as folder:
        url = engine.url.render_as_string(hide_password=False)
        command = [sys.executable, "-c", ALONE, url, MONTH, f"{folder}/statements.csv"]
        said = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ)).stdout
        number, lines, seconds, peak = said.split()
        assert int(number) == int(lines) == rows
        peaks.append(int(peak))
        return rows / float(seconds)


def _bare_lines(copies: Copies, rows: int) -> float:
    with copies() as engine, tempfile.TemporaryDirectory() as folder:
        begun = perf_counter()
        with reading(engine) as conn, (Path(folder) / "bare.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            for row in conn.execute(select(tables.contract).execution_options(yield_per=1000)):
                writer.writerow((row.id, row.reference, row.item, row.billing_starts_on, row.effective_on))
        return rows / (perf_counter() - begun)


def timed(run: Callable[[], None]) -> float:
    """How many seconds it takes."""
    begun = perf_counter()
    run()
    return perf_counter() - begun
