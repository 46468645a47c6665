"""`lifecycle statements`: which months are issued, the issue of one, which were billed elsewhere (R40, R41)."""

from pathlib import Path

from rich.table import Table
from sqlalchemy import Connection, func, select

from lifecycle.cli.options import current_engine, out, stop
from lifecycle.cli.progress import bar
from lifecycle.commands.billed_elsewhere import mark_billed_elsewhere
from lifecycle.commands.command import CommandContext
from lifecycle.commands.issue_month import issue_left
from lifecycle.errors import DomainError
from lifecycle.queries.journal import BadMapping, read_mapping
from lifecycle.queries.statement_file import export_journal
from lifecycle.queries.statements import issue_counts, issued_months
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


def issue_statements(database_url: str, month: Month, service: str | None = None) -> None:
    """Issues a month's statements that are not issued yet, part by part; safe to repeat."""
    engine = current_engine(database_url)
    with reading(engine) as conn:
        context, counts = _context(conn), issue_counts(conn, month, service)
    try:
        with bar("statements", counts.left) as progress:
            issued = issue_left(engine, month, context, progress, service)
    except DomainError as error:
        stop(str(error))
    finally:
        engine.dispose()
    out.print(f"{month}: {issued:,} issued, {counts.issued + counts.elsewhere:,} before")


def write_journal_file(
    database_url: str, month: Month, mapping_file: Path, file: Path, service: str | None = None
) -> None:
    """Write the journal of a month's issued statements. Exits if the mapping or the file cannot be used."""
    try:
        mapping = read_mapping(mapping_file)
    except (OSError, BadMapping) as error:
        stop(f"cannot use {mapping_file}: {error}")
    engine = current_engine(database_url)
    try:
        written = export_journal(engine, month, mapping, file, service)
    except BadMapping as error:
        stop(f"cannot use {mapping_file}: {error}")
    except UnicodeEncodeError:
        stop(f"a text cannot be written in {mapping.encoding}")
    except OSError as error:
        stop(f"cannot write {file}: {error.strerror}")
    finally:
        engine.dispose()
    out.print(f"{written:,} entries of {month}: {file}")


def mark_issued_until(database_url: str, until: Month) -> None:
    """Mark the months up to one as billed elsewhere for every contract; part by part, safe to repeat."""
    engine, contract, after, marked = current_engine(database_url), tables.contract.c, "", 0
    with reading(engine) as conn:
        context, number = _context(conn), conn.execute(select(func.count(contract.id))).scalar_one()
    with bar("contracts", number) as progress:
        while True:
            with writing(engine) as conn:
                following = select(contract.id).where(contract.id > after).order_by(contract.id).limit(PART)
                ids = list(conn.execute(following).scalars())
                marked += mark_billed_elsewhere(conn, ids, until, context)
            progress(len(ids))
            if len(ids) < PART:
                break
            after = ids[-1]
    engine.dispose()
    out.print(f"{marked:,} contracts: the months up to {until} were billed elsewhere")


def _context(conn: Connection) -> CommandContext:
    return CommandContext(COMMAND_LINE, read_clock(conn).sandbox_now or system_clock())
