"""`lifecycle find-issued`: issued statements by month, day, total and customer. It shows no personal data."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Annotated

import typer
from sqlalchemy import Connection

from lifecycle.cli.options import EMBEDDED, DatabaseUrl, current_engine, month_of
from lifecycle.cli.output import AnswerTable, AsCsv, AsJson, LangOption
from lifecycle.cli.root import app
from lifecycle.cli.service_option import ServiceOption, service_of
from lifecycle.queries.issued_search import IssuedFilter, find_issued, place_of_issued
from lifecycle.queries.views.money import IssuedFound
from lifecycle.records.engine import reading

PART = 500
COLUMNS = ("month", "contract_id", "total_yen", "issued_at", "issued_by", "hash")


@app.command("find-issued")
def find(
    month_from: Annotated[str | None, typer.Option(metavar="MONTH", help="The first month, YYYY-MM.")] = None,
    month_to: Annotated[str | None, typer.Option(metavar="MONTH", help="The last month, YYYY-MM.")] = None,
    total_from: Annotated[int | None, typer.Option(metavar="YEN", help="The smallest total, in yen.")] = None,
    total_to: Annotated[int | None, typer.Option(metavar="YEN", help="The largest total, in yen.")] = None,
    customer: Annotated[str | None, typer.Option(help="A part of customer or administrator.")] = None,
    issued_from: Annotated[str | None, typer.Option(metavar="DAY", help="The first day of issue.")] = None,
    issued_to: Annotated[str | None, typer.Option(metavar="DAY", help="The last day of issue.")] = None,
    service: ServiceOption = None,
    database_url: DatabaseUrl = EMBEDDED,
    lang: LangOption = "en", as_json: AsJson = False, as_csv: AsCsv = False,
) -> None:  # fmt: skip
    """Finds issued statements; all options must match; bounds are included. / 発行済み明細の検索"""
    months = [
        text and str(month_of(text, hint))
        for text, hint in ((month_from, "--month-from"), (month_to, "--month-to"))
    ]
    days = [_day(text, hint) for text, hint in ((issued_from, "--issued-from"), (issued_to, "--issued-to"))]
    wanted = IssuedFilter(
        months[0], months[1], total_from, total_to, customer, service=service_of(service),
        issued_from=days[0], issued_to=days[1],
    )  # fmt: skip
    engine = current_engine(database_url)
    with reading(engine) as conn:
        AnswerTable(COLUMNS, lang).show(_all(conn, wanted), as_json=as_json, as_csv=as_csv)
    engine.dispose()


def _day(text: str | None, hint: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text if len(text) == 10 else "")
    except ValueError:
        raise typer.BadParameter(f"not a day in the form YYYY-MM-DD: {text}", param_hint=hint) from None


def _all(conn: Connection, wanted: IssuedFilter) -> Iterator[IssuedFound]:
    while found := find_issued(conn, wanted, PART):
        yield from found
        wanted = replace(wanted, after=place_of_issued(found[-1]))
