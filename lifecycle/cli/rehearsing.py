"""`lifecycle terms rehearse`: the effect of a file of terms on all contracts, computed by several processes."""

import csv
import os
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from multiprocessing import get_context
from multiprocessing.pool import AsyncResult
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, Engine, select

from lifecycle.cli.options import EMBEDDED, DatabaseUrl, current_engine, out, stop
from lifecycle.cli.progress import bar
from lifecycle.cli.service_option import OwnService, editions_of
from lifecycle.cli.terms import terms_app
from lifecycle.history.rows import judged_from
from lifecycle.queries.rehearsal import COLUMNS, Rehearsal, RehearsalTotals, followed_until, rehearse, table_rows
from lifecycle.queries.statements import plain_cell
from lifecycle.queries.views.rehearsal import RehearsalTotalsView, RehearsedView
from lifecycle.queries.what_if import count_contracts
from lifecycle.records import tables
from lifecycle.records.engine import open_engine, reading
from lifecycle.records.of_service import of_service
from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.terms_file import BadTermsFile, read_terms
from lifecycle.terms.version import Terms
from lifecycle.timers.clock import read_clock
from scheduler.clock import system_clock

PART = 400  # contracts of one part
MOST = 64  # processes
AHEAD = 2  # finished parts of each process that may wait in memory
LABELS = {
    "contracts": "contracts checked / 確かめた契約", "changed": "contracts that change / 変わる契約",
    "better": "better for the customer / お客様に有利", "worse": "worse for the customer / お客様に不利",
    "both": "better and worse / 有利な点も不利な点もある", "neither": "neither / どちらでもない",
    "yen_less": "yen owed less / 請求額の減少（円）", "yen_more": "yen owed more / 請求額の増加（円）",
    "refused": "entries that lose their effect / 効力を失う記録",
    "allowed": "entries that gain their effect / 効力を得る記録",
}  # fmt: skip
LATE = (
    "Announced on its first day or later: it does not reach contracts accepted before {day} (Civil Code "
    "Art. 548-4(3), R42). / 実施日以後の周知のため、{day}より前に承諾した契約には及びません。"
)
Form = Literal["table", "jsonl", "csv"]
_Found = tuple[list[RehearsedView], RehearsalTotals]
_here: list[tuple[Rehearsal, Engine]] = []  # in a worker process: the terms that it compares, and its database


@terms_app.command("rehearse")
def rehearse_file(
    file: Annotated[Path, typer.Argument(help="A file of terms, like those in the folder of a service.")],
    until: Annotated[
        str | None, typer.Option(help="Follow every contract up to this day; by default 18 months ahead.")
    ] = None,
    form: Annotated[
        Form,
        typer.Option("--format", help="table: the totals; jsonl, csv: also every change, as it is found."),
    ] = "table",
    processes: Annotated[
        int | None, typer.Option(min=1, max=MOST, help="Processes; by default one for each processor.")
    ] = None,
    service: OwnService = DEFAULT_SERVICE,
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Shows what a file of terms would change; it changes nothing. / 規程案の影響を確かめる"""
    loaded = editions_of(service)
    try:
        terms = read_terms(file.read_text("utf-8"), loaded)
    except (OSError, UnicodeDecodeError) as error:
        stop(f"cannot read {file}: {error}")
    except BadTermsFile as error:
        stop(f"{file} holds no terms: {error}")
    engine = current_engine(database_url)
    with reading(engine) as conn:
        last = _until(terms, read_clock(conn).sandbox_now or system_clock(), until)
        rehearsal, places = Rehearsal(terms, last, judged_from(conn), loaded), begins(conn, service)
        number = count_contracts(conn, service)
    engine.dispose()
    totals = RehearsalTotals()
    writer = csv.writer(sys.stdout)
    if form == "csv":
        writer.writerow(COLUMNS)
    with bar("contracts", number) as progress:
        for found, part in rehearsed_parts(rehearsal, database_url, places, processes or os.cpu_count() or 1):
            totals.merge(part)
            progress(part.contracts)
            for one in found:
                if form == "jsonl":
                    print(orjson.dumps(one).decode())
                elif form == "csv":
                    writer.writerows(map(plain_cell, row) for row in table_rows(one))
    _print_totals(totals.view(rehearsal), form)


def _until(terms: Terms, now: datetime, text: str | None) -> date:
    try:
        return followed_until(terms, now, date.fromisoformat(text) if text else None)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--until") from None


def begins(conn: Connection, service: str) -> list[str]:
    """The ids of a service's contracts after which the parts begin."""
    own = of_service(select(tables.contract.c.id), tables.contract.c.id, service)
    ids = conn.execution_options(yield_per=PART).execute(own.order_by(tables.contract.c.id))
    ends = (part[-1] for part in ids.scalars().partitions(PART))
    return ["", *ends][:-1] or []


def rehearsed_parts(rehearsal: Rehearsal, url: str, places: list[str], processes: int) -> Iterator[_Found]:
    """Return the differences, part by part in the order of id. With one process, computed in this one."""
    if min(processes, len(places)) < 2:
        _begin(rehearsal, url)
        yield from map(_part, places)
        _here.pop()[1].dispose()
        return
    with get_context("spawn").Pool(min(processes, len(places)), _begin, (rehearsal, url)) as pool:
        asked: deque[AsyncResult[_Found]] = deque()
        for place in places:
            asked.append(pool.apply_async(_part, (place,)))
            if len(asked) > AHEAD * processes:  # what is done waits in memory until it is taken
                yield asked.popleft().get()
        while asked:
            yield asked.popleft().get()


def _begin(rehearsal: Rehearsal, url: str) -> None:
    _here[:] = [(rehearsal, open_engine(url, 1))]


def _part(after: str) -> _Found:
    """Return the differences of up to PART contracts after an id."""
    (rehearsal, engine), found, totals = _here[0], list[RehearsedView](), RehearsalTotals()
    with reading(engine) as conn:
        for _, one in rehearse(conn, rehearsal, after, PART):
            totals.add(one)
            found += [one] if one is not None else []
    return found, totals


def _print_totals(totals: RehearsalTotalsView, form: Form) -> None:
    if form == "jsonl":
        print(orjson.dumps({"totals": totals}).decode())
        return
    table = Table(f"{totals['version']} – {totals['until']}", "", show_header=True)
    said: Mapping[str, Any] = {**totals}
    for name, label in LABELS.items():
        table.add_row(label, f"{said[name]:,}")
    console = Console(stderr=True, soft_wrap=True) if form == "csv" else out
    console.print(table)
    if totals["late"]:
        console.print(LATE.format(day=totals["reaches_from"]))
