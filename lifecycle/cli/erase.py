"""Erasing personal data."""

from typing import Annotated

import typer

from lifecycle.cli.options import EMBEDDED, DatabaseUrl, current_engine, out, stop
from lifecycle.cli.root import app
from lifecycle.commands.context import CommandContext
from lifecycle.commands.erasure import erase_personal_data, leave_no_trace
from lifecycle.machines.check import Refused
from lifecycle.machines.table import NotPossible
from lifecycle.records.engine import writing
from lifecycle.records.mapping import Unknown
from lifecycle.timers.clock import read_clock
from scheduler.clock import system_clock


@app.command()
def erase(
    contract: Annotated[str, typer.Argument(help="The id of a contract that is over.", metavar="CONTRACT")],
    reason: Annotated[str, typer.Option(help="Why; kept for good, so it names nobody.")],
    by: Annotated[str, typer.Option(help="Who erases; written as actor into the history.")],
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Erases a contract's customer and administrator for good. / 契約者と管理責任者の個人情報を消去する"""
    engine = current_engine(database_url)
    try:
        with writing(engine) as conn:
            now = read_clock(conn).sandbox_now or system_clock()
            _, named = erase_personal_data(conn, contract, CommandContext(by, now, reason))
    except (Refused, NotPossible, Unknown) as refusal:
        stop(str(refusal))
    leave_no_trace(engine)
    out.print(f"The personal data of {contract} is erased.")
    if named:
        out.print(f"History cannot be changed, and free text in it names them: {', '.join(named)}")
