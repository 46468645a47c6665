"""`lifecycle audit archive`: moves the history of contracts that ended long ago to a file."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from lifecycle.audit.archive_file import Archive, ids_to_archive, to_archive, write_archive
from lifecycle.audit.checkpoint import Unreadable, VerificationKey
from lifecycle.audit.keys import read_key
from lifecycle.audit.signed_before import keys_of, sign_ons
from lifecycle.audit.verify_command import key_of
from lifecycle.cli.audit import audit_app, open_database
from lifecycle.cli.options import EMBEDDED, AuditKey, By, DatabaseUrl, out, stop, user_of
from lifecycle.cli.progress import bar
from lifecycle.cli.settings import setting
from lifecycle.commands.archiving import drop_history
from lifecycle.commands.command import CommandContext
from lifecycle.records.engine import reading
from lifecycle.terms.calendar import tokyo_day
from lifecycle.timers.clock import read_clock
from scheduler.clock import system_clock

PART = 500  # contracts looked up at a time
MOST_NAMED = 20


@audit_app.command()
def archive(
    ended_before: Annotated[
        str, typer.Option(help="Contracts that ended before this day, YYYY-MM-DD.", metavar="DAY")
    ],
    to: Annotated[
        Path | None, typer.Option(help="The file to write; without it only numbers are shown.", dir_okay=False)
    ] = None,
    drop: Annotated[
        bool, typer.Option("--drop", help="Also remove from the database what the verified file has.")
    ] = False,
    by: By = None,
    key: Annotated[
        list[str] | None,
        typer.Option(help="The verification key, or a file with it, if not from the signing key."),
    ] = None,
    keep_years: Annotated[
        int, setting("LIFECYCLE_KEEP_YEARS", "Years for which histories stay in the database.", min=1)
    ] = 10,
    audit_key: AuditKey = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Archives the history of contracts that ended long ago. / 終了した契約の履歴を保管ファイルに移す

    Without --to it shows what there is. With --to it writes the file and verifies it; with --drop it then removes
    the rows from the database, contract by contract. After an interruption, run it again.
    """
    day = _day(ended_before)
    try:
        with open_database(database_url) as engine:
            with reading(engine) as conn:
                now = read_clock(conn).sandbox_now or system_clock()
                found = to_archive(conn, day)
            span = f", ended {found.first} to {found.last}" if found.first else ""
            out.print(f"{found.contracts:,} contracts with {found.rows:,} rows may be archived{span}")
            if to is None:
                if drop:
                    raise typer.BadParameter("--drop goes with --to")
                return
            if drop and day > (latest := _years_before(tokyo_day(now), keep_years)):
                stop(f"histories are kept for {keep_years} years: --ended-before may be {latest} at the latest")
            with bar("rows", found.rows) as progress:
                made = write_archive(engine, day, to, _keys(engine, key, audit_key), progress)
            out.print(f"{len(made.places):,} rows in {to}, verified; SHA-256 {made.sha256}")
            if drop:
                _drop_all(engine, made, CommandContext(user_of(by), now))
    except OSError as error:
        stop(f"cannot use {to}: {error.strerror or error}")
    except Unreadable as error:
        stop(str(error))


def _drop_all(engine: Engine, made: Archive, context: CommandContext) -> None:
    after, contracts, rows, kept = "", 0, 0, list[str]()
    with reading(engine) as conn:
        total = to_archive(conn, made.day).contracts
    with bar("contracts", total) as progress:
        while True:
            with reading(engine) as conn:
                ids = ids_to_archive(conn, made.day, after, PART)
            if not ids:
                break
            for contract_id in ids:
                dropped = drop_history(engine, contract_id, made, context)
                contracts, rows = contracts + (dropped.rows > 0), rows + dropped.rows
                kept += [f"{contract_id}: {dropped.kept}"] if dropped.kept is not None else []
                progress(1)
            after = ids[-1]
    out.print(f"{rows:,} rows of {contracts:,} contracts removed; keep {made.file}")
    for why in kept[:MOST_NAMED]:
        out.print(f"stays: {why}")
    if len(kept) > MOST_NAMED:
        out.print(f"and {len(kept) - MOST_NAMED:,} more stay")


def _keys(engine: Engine, given: list[str] | None, audit_key: Path | None) -> list[VerificationKey]:
    """Return the keys of accepted checkpoints: as given, else the signing key and those that it replaced."""
    if given:
        return [key_of(one) for one in given]
    if audit_key is None:
        stop("give the verification key of the log: --key, or LIFECYCLE_AUDIT_KEY")
    with reading(engine) as conn:
        return keys_of(read_key(audit_key).public, sign_ons(conn))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text if len(text) == 10 else "")
    except ValueError:
        raise typer.BadParameter(f"not a day in the form YYYY-MM-DD: {text}") from None


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
