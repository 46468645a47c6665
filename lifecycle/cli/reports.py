"""Read-only commands: the coming days, a month's statements, the terms, the demo."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from lifecycle.cli.options import EMBEDDED, DatabaseUrl, current_engine, engine_of, instant_of, month_of, out, stop
from lifecycle.cli.root import app
from lifecycle.cli.service_option import ServiceOption, service_of
from lifecycle.queries.forecast import forecast
from lifecycle.queries.views.forecast import entry_view
from lifecycle.records.engine import reading
from lifecycle.timers.clock import Backwards, NotASandbox, read_clock
from scheduler.clock import system_clock


@app.command()
def due(
    until: Annotated[str, typer.Option(help="An instant (RFC 3339), or the end of a day YYYY-MM-DD.")],
    service: ServiceOption = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Lists what the clock will do until then, in order. / 指定日までの自動処理を一覧する"""
    engine = current_engine(database_url)
    table = Table("due", "kind", "reference", "event", "from", "to", "because")
    with reading(engine) as conn:
        now = read_clock(conn).sandbox_now or system_clock()
        for entry in forecast(conn, now, instant_of(until), service=service_of(service)):
            shown = entry_view(entry)
            because = entry.rulings[0].because if entry.rulings else ""
            table.add_row(
                shown["due_at"], shown["kind"], shown["reference"] or shown["contract_id"], shown["event"],
                shown["from_state"], shown["to_state"], because,
            )  # fmt: skip
    out.print(table)


@app.command()
def statements(
    month: Annotated[str | None, typer.Argument(help="A month YYYY-MM.", metavar="MONTH")] = None,
    out_file: Annotated[Path | None, typer.Option("--out", help="The CSV file to write.", dir_okay=False)] = None,
    issued_until: Annotated[
        str | None,
        typer.Option(metavar="MONTH", help="Record that the months up to this one were billed elsewhere."),
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option(help="Write the journal of issued statements, as this mapping file says.", dir_okay=False),
    ] = None,
    issue: Annotated[bool, typer.Option("--issue", help="Issue the remaining statements of the month.")] = False,
    service: ServiceOption = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Writes or issues a month's statements; by default lists issued months. / 明細の書出しと発行"""
    from lifecycle.cli.statements import issue_statements, mark_issued_until, show_issued, write_journal_file
    from lifecycle.queries.statement_file import export_statements

    if issued_until is not None:
        mark_issued_until(database_url, month_of(issued_until, "--issued-until"))
        return
    if month is None:
        show_issued(database_url)
        return
    wanted, own = month_of(month, "MONTH"), service_of(service)
    if issue:
        issue_statements(database_url, wanted, own)
    if out_file is None:
        if issue:
            return
        raise typer.BadParameter("is required with a month", param_hint="--out")
    if journal is not None:
        write_journal_file(database_url, wanted, journal, out_file, own)
        return
    engine = current_engine(database_url)
    try:
        console = Console(stderr=True)
        number, lines, issued, seconds = export_statements(engine, wanted, out_file, console, own)
    except OSError as error:
        stop(f"cannot write {out_file}: {error.strerror}")
    else:
        out.print(f"{number:,} statements with {lines:,} lines of {wanted} in {seconds:.1f} s: {out_file}")
        out.print(f"{issued:,} of them are issued")
    finally:
        engine.dispose()


@app.command()
def demo(
    lang: Annotated[Literal["en", "ja"], typer.Option(help="Language of names and reasons.")] = "en",
    keep: Annotated[Path | None, typer.Option(help="Keep the database in this new file.")] = None,
    database_url: Annotated[str | None, typer.Option(help="Use and keep this empty database.")] = None,
) -> None:
    """Simulates fifteen months of sample contracts and prints their events. / 見本契約15ヶ月間の経過を表示する"""
    from lifecycle.demo.run import run_demo

    if keep is not None and database_url is not None:
        raise typer.BadParameter("goes without --database-url", param_hint="--keep")
    if keep is not None and keep.exists():
        raise typer.BadParameter(f"{keep} is there already; the demo needs a new file", param_hint="--keep")
    url = f"sqlite:///{keep}" if keep else database_url
    try:
        run_demo(engine_of(url) if url else None, lang)
    except (NotASandbox, Backwards) as error:
        stop(f"the demo needs an empty database: {error}")
