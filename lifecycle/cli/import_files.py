"""`lifecycle import`: a CSV or XLSX file of applications, acceptances, notices, usage or running contracts."""

from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from lifecycle.cli.options import EMBEDDED, By, DatabaseUrl, current_engine, out, stop, user_of
from lifecycle.cli.progress import bar
from lifecycle.cli.request_limits import EndsPerHour
from lifecycle.cli.root import app

SHOWN = 20
_KINDS = "applications, notices, usage, acceptances, options, item_changes or book"
REHEARSED = 1_000  # rows of a rehearsal that are printed
File = Annotated[Path | None, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV or XLSX.")]


@app.command("import")
def import_from_file(
    file: File = None,
    template: Annotated[
        str | None,
        typer.Option(help=f"Write a template instead: {_KINDS}, with .csv or .xlsx."),
    ] = None,
    by: By = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the same answers but store nothing.")] = False,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Store nothing if any row is wrong.")
    ] = False,
    errors: Annotated[
        Path | None, typer.Option(help="Path of the copy with marked errors; by default next to the file.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet to read, if several have rows.")] = None,
    hidden_rows: Annotated[
        bool, typer.Option("--hidden-rows", help="Also import hidden and filtered rows.")
    ] = False,
    encoding: Annotated[
        str | None,
        typer.Option(help="Encoding of a CSV file: utf-8, cp932, euc-jp or utf-16; detected by default."),
    ] = None,
    ignore_columns: Annotated[
        list[str] | None, typer.Option(help="Headings of columns to ignore, separated by commas.")
    ] = None,
    ends_per_hour: EndsPerHour = 100,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Imports a file; its kind is detected from its headings.

    申込・承諾・解約通知・利用量・既存契約などをファイルから取り込む
    """
    if (file is None) == (template is None):
        raise typer.BadParameter("give a file, or --template", param_hint="FILE")
    if file is None:
        _write_template(Path(template or ""))
        return
    from api.imports.import_file import ImportOptions
    from lifecycle.records.engine import reading
    from lifecycle.timers.clock import read_clock
    from scheduler.clock import system_clock

    engine = current_engine(database_url)
    try:
        with reading(engine) as conn:
            now = read_clock(conn).sandbox_now or system_clock()
        ignored = frozenset(name for one in ignore_columns or () for name in one.split(","))
        how = ImportOptions(user_of(by), now, dry_run, all_or_nothing, ends_per_hour, ignored=ignored)
        read = {"sheet": sheet, "hidden_rows": hidden_rows, "encoding": encoding}
        _take(engine, file, how, errors, read)
    finally:
        engine.dispose()


def _take(engine: Any, file: Path, how: Any, errors: Path | None, read: dict[str, Any]) -> None:
    from api.imports import templates
    from api.imports.columns import Headings
    from api.imports.import_file import import_file
    from api.imports.messages import sentence
    from api.imports.upload import read_upload
    from lifecycle.records.engine import writing
    from lifecycle.sheets.reading import MAX_BYTES, UnreadableFile
    from lifecycle.timers.notify import notify

    try:
        with file.open("rb") as opened:
            sheet = read_upload(opened.read(MAX_BYTES + 1), **read)
    except UnreadableFile as error:
        stop(str(templates.why_unreadable(error)))
    copy = errors or file.with_name(f"{file.stem}.errors.{sheet.format}")
    begun = perf_counter()
    try:
        with bar("import", len(sheet.rows)) as progress:
            found = import_file(engine, sheet, how, progress)
    except Headings as error:
        _show(list(templates.listed_headings(sheet, error)))
        _write(copy, templates.marked(sheet, error))
        stop(f"{sentence('headings')}: {copy}")
    seconds = perf_counter() - begun
    if found.stored:
        with writing(engine) as conn:
            notify(conn)  # the schedulers look at their timers again
    for note in templates.notes(sheet, found):
        out.print(str(note))
    if how.dry_run:
        _show_rehearsal(found)
    _show(list(templates.listed(sheet, found)))
    done = "would be new" if how.dry_run else "new"
    if how.whole and found.wrong and not how.dry_run:
        done = "new, since not all rows are right"
    out.print(
        f"{found.kind.name}: {len(found.rows):,} rows, {found.new:,} {done}, {found.there:,} there already, "
        f"{len(found.wrong):,} wrong, in {seconds:.1f} s"
    )
    if found.wrong:
        _write(copy, templates.marked(sheet, found))
        stop(f"the errors are marked in {copy}")


def _show(found: list[Any]) -> None:
    for number, column, what in found[:SHOWN]:
        out.print(f"{number}: {column}{': ' if column else ''}{what}")
    if len(found) > SHOWN:
        out.print(f"… and {len(found) - SHOWN:,} more")


def _show_rehearsal(found: Any) -> None:
    """Each row's days as they were read, and what would follow; in Japanese and English as all that is said."""
    from api.imports.messages import sentence
    from api.imports.upload import rehearsed_rows

    rows = list(rehearsed_rows(found))
    for row in rows[:REHEARSED]:
        mark = f"{sentence('at_once')} " if row.at_once else ""
        out.print(f"{row.number}: {mark}{row.days.ja} → {row.follows.ja} / {row.days.en} → {row.follows.en}")
    if len(rows) > REHEARSED:
        out.print(f"… and {len(rows) - REHEARSED:,} more")


def _write_template(path: Path) -> None:
    from api.imports.templates import make_template, template_kind

    try:
        kind, form = template_kind(path.name)
    except KeyError:
        raise typer.BadParameter(f"is {_KINDS}, with .csv or .xlsx", param_hint="--template") from None
    _write(path, make_template(kind, form))
    out.print(f"written: {path}")


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        stop(f"cannot write {path}: {error.strerror}")
