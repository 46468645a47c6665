"""`lifecycle sessions …`: who is signed in to the pages, and ending it."""

from typing import Annotated

import typer
from rich.table import Table

from lifecycle.cli.commanding import run_command
from lifecycle.cli.options import EMBEDDED, By, DatabaseUrl, Reason, current_engine, out, user_of
from lifecycle.cli.root import app
from lifecycle.people import sessions
from lifecycle.records.engine import reading
from lifecycle.terms.calendar import instant
from scheduler.clock import system_clock

sessions_app = typer.Typer(
    no_args_is_help=True, help="Sessions of people who are signed in to the pages. / ログイン中の担当者"
)
app.add_typer(sessions_app, name="sessions")


@sessions_app.command("list")
def list_sessions(database_url: DatabaseUrl = EMBEDDED) -> None:
    """Lists who is signed in, and until when. / ログイン中の担当者の一覧"""
    engine = current_engine(database_url)
    table = Table("name", "sessions", "until")
    with reading(engine) as conn:
        for name, number, until in sessions.list_signed_in(conn, system_clock()):
            table.add_row(name, str(number), instant(until))
    out.print(table)


@sessions_app.command("end")
def end_sessions(
    name: Annotated[str, typer.Option(help="The name, as listed and as in the history.")],
    reason: Reason,
    by: By = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Ends all sessions of one person immediately. / ログインを強制終了する"""
    done = run_command(database_url, "sessions-end", user_of(by), {"name": name, "reason": reason})
    out.print(f"{done.content['ended']} ended.")
