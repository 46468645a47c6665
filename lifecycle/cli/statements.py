"""`lifecycle statements` without a month: which months are issued; and which were billed elsewhere (R40, R41)."""

from rich.table import Table
from sqlalchemy import select

from lifecycle.cli.options import current_engine, out
from lifecycle.commands.context import CommandContext
from lifecycle.commands.statements import mark_billed_elsewhere
from lifecycle.queries.statements import issued_months
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.terms.calendar import Month
from lifecycle.timers.clock import read_clock
from scheduler.clock import system_clock

PART = 500  # contracts marked in one transaction
COMMAND_LINE = "command line"


def show_issued(database_url: str) -> None:
    """Prints the months of which statements are issued, the latest first."""
    engine = current_engine(database_url)
    table = Table("month", "issued", "yen")
    with reading(engine) as conn:
        for month, count, yen in issued_months(conn):
            table.add_row(month, f"{count:,}", f"{yen:,}")
    engine.dispose()
    out.print(table)


def mark_issued_until(database_url: str, until: Month) -> None:
    """Notes for every contract that the months up to one were billed elsewhere; part by part, safe to repeat."""
    engine, contract, after, marked = current_engine(database_url), tables.contract.c, "", 0
    with reading(engine) as conn:
        now = read_clock(conn).sandbox_now or system_clock()
    context = CommandContext(COMMAND_LINE, now)
    while True:
        with writing(engine) as conn:
            following = select(contract.id).where(contract.id > after).order_by(contract.id).limit(PART)
            ids = list(conn.execute(following).scalars())
            marked += mark_billed_elsewhere(conn, ids, until, context)
        if len(ids) < PART:
            break
        after = ids[-1]
    engine.dispose()
    out.print(f"{marked:,} contracts: the months up to {until} were billed elsewhere")
