"""`lifecycle terms resettle`: terms and facts that came late are applied to all contracts, part by part."""

from typing import Annotated, Literal

import orjson
import typer
from rich.table import Table

from lifecycle.cli.options import EMBEDDED, By, DatabaseUrl, Reason, current_engine, out, stop, user_of
from lifecycle.cli.progress import bar
from lifecycle.cli.service_option import ServiceOption, service_of
from lifecycle.cli.terms import terms_app
from lifecycle.commands.command import CommandContext
from lifecycle.commands.editions import EditionDiffers, record_editions, refuse_other_editions
from lifecycle.commands.resettle import ResettledPart, resettle_following
from lifecycle.errors import DomainError
from lifecycle.queries.what_if import count_contracts
from lifecycle.records.engine import reading, writing
from lifecycle.timers.clock import read_clock
from scheduler.clock import system_clock

PART = 200  # contracts of one transaction


@terms_app.command()
def resettle(
    reason: Reason,
    by: By = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    accept_invalidated: Annotated[
        bool,
        typer.Option(
            "--accept-invalidated", help="Also change contracts with entries that lose their effect by it."
        ),
    ] = False,
    after: Annotated[str, typer.Option(help="Continue after the contract with this id.", metavar="ID")] = "",
    form: Annotated[
        Literal["table", "jsonl"], typer.Option("--format", help="table: days and yen; jsonl: every change.")
    ] = "table",
    service: ServiceOption = None,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Applies terms or facts that came late to every contract. / 後から判明した規程や事実を全契約に反映する

    Every part is a transaction of its own. After an interruption, run it again: what is done stays as it is.
    """
    own = service_of(service)
    engine, examined, changed, waiting = current_engine(database_url), 0, 0, 0
    table = Table("contract", "reference", "subject", "field", "before", "after")
    try:
        with reading(engine) as conn:
            refuse_other_editions(conn)
            now, total = read_clock(conn).sandbox_now or system_clock(), count_contracts(conn, own)
        context = CommandContext(user_of(by), now, reason)
        if not dry_run:
            with writing(engine) as conn:
                record_editions(conn, context)  # rows name the edition that they are ruled under
        with bar("contracts", total) as progress:
            last: str | None = after
            while last is not None:
                part = resettle_following(
                    engine, last, PART, context, accept_all=accept_invalidated, dry_run=dry_run, service=own
                )
                _show(part, form, table)
                last, examined = part.last, examined + part.examined
                changed, waiting = changed + len(part.items) - len(part.waiting), waiting + len(part.waiting)
                progress(part.examined)
    except (DomainError, EditionDiffers) as error:
        stop(str(error))
    finally:
        engine.dispose()
    if table.row_count:
        out.print(table)
    would = "would change" if dry_run else "changed"
    told = f"{changed:,} of {examined:,} contracts {would} / {examined:,}件中{changed:,}件"
    if waiting:
        told += f"; {waiting:,} left as they are, because entries would lose their effect: --accept-invalidated"
    out.print(told) if form == "table" else print(
        orjson.dumps({"totals": _totals(examined, changed, waiting)}).decode()
    )


def _totals(examined: int, changed: int, waiting: int) -> dict[str, int]:
    return {"examined": examined, "changed": changed, "waiting": waiting}


def _show(part: ResettledPart, form: str, table: Table) -> None:
    for one in part.items:
        if form == "jsonl":
            print(orjson.dumps(one).decode())
            continue
        of = one["contract_id"], one["reference"]
        for day in one["changes"]["days"]:
            table.add_row(*of, day["subject"], day["field"], str(day["before"]), str(day["after"]))
        for yen in one["changes"]["money"]:
            values = f"{yen['before_yen']:,}", f"{yen['after_yen']:,}"
            table.add_row(*of, yen["month"], yen["kind"], *values)
