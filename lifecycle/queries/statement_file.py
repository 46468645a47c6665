"""`lifecycle statements`: all statements of one month into a CSV file, streamed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Engine

from lifecycle.queries.journal import JournalMapping, write_journal
from lifecycle.queries.statements import issue_counts, statements, write_csv
from lifecycle.records.engine import reading
from lifecycle.terms.calendar import Month


def export_statements(
    engine: Engine, month: Month, out: Path, console: Console, service: str | None = None
) -> tuple[int, int, int, float]:
    """Writes a month's statements: how many, with how many lines, how many of them issued, in how many seconds.

    All of one moment; the file is there once it is whole. console: shows a bar where it is a terminal.
    """
    begun, part = perf_counter(), out.with_name(f"{out.name}.part")
    try:
        with reading(engine) as conn, part.open("w", encoding="utf-8-sig", newline="") as file:
            counts = issue_counts(conn, month, service)
            with _bar(console, counts.all) as step:
                lines = write_csv(statements(conn, month, service=service), file, step)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return counts.all, lines, counts.issued, perf_counter() - begun


def export_journal(
    engine: Engine, month: Month, mapping: JournalMapping, out: Path, service: str | None = None
) -> int:
    """Writes the journal of a month's issued statements: how many entries. The file is there once it is whole.

    Raises BadMapping, OSError, UnicodeEncodeError.
    """
    part = out.with_name(f"{out.name}.part")
    try:
        with reading(engine) as conn, part.open("w", encoding=mapping.encoding, newline="") as file:
            written = write_journal(statements(conn, month, service=service), month, mapping, file)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return written


@contextmanager
def _bar(console: Console, total: int) -> Iterator[Callable[[], object]]:
    if not console.is_terminal:
        yield lambda: None
        return
    columns = TextColumn("statements"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("statements", total=total)
        yield lambda: progress.advance(task)
