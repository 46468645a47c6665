"""The supervisor's month: figures with a chart and a table, and all of it as a file."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.pages.chart import chart
from api.pages.chosen_service import Linking, chosen_service, services_to_choose
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import PageSession, SignedInSession
from api.problems import Problem
from api.request.context import Context, Exporting, context_of
from api.routes.files import FileFormat, sheet
from lifecycle.queries.month_figures import MonthFigures, in_force, month_figures
from lifecycle.sheets.writing import Cell
from lifecycle.terms.calendar import Month, tokyo_day
from lifecycle.terms.editions import item_names

router = pages()
KEPT_S = 60
MONTHS = 13
FIRST_YEAR, LAST_YEAR = 2000, 2199
KEPT = "month"
COLUMNS = ("month", "figure", "of", "number")
InForce = list[tuple[Month, dict[str, int]]]


class KeptMonth(NamedTuple):
    """Cached figures. at: by the real time."""

    month: Month
    service: str | None
    at: datetime
    figures: MonthFigures
    in_force: InForce


@router.get("/months")
def this_month(request: Request, visit: SignedInSession) -> Response:
    """Return the current month."""
    return _shown(request, visit, Month.of(tokyo_day(context_of(request).clock())))


@router.get("/months/{month}.{form}")
def month_file(
    request: Request, visit: SignedInSession, place: Exporting, month: str, form: FileFormat
) -> Response:
    """A month's figures as a file."""
    visit.need("files-list_contracts")
    found, sees, service = _month(month), sees_people(visit), chosen_service(request, visit)

    def rows(conn: Connection, now: datetime) -> Iterator[Sequence[Cell]]:
        yield COLUMNS
        for row in month_figures(conn, found, service).rows():
            if sees or not row[1].startswith("person_"):
                yield row

    return sheet("months", form, rows, context_of(request), visit.language)


@router.get("/months/{month}")
def month_page(request: Request, visit: SignedInSession, month: str) -> Response:
    """A month in figures."""
    return _shown(request, visit, _month(month))


def sees_people(visit: PageSession) -> bool:
    """Whether the work of each person is shown: to supervisors and auditors."""
    return visit.may("contracts-accept") or visit.may("audit-actions")


def _month(text: str) -> Month:
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text, re.ASCII) and FIRST_YEAR < int(text[:4]) <= LAST_YEAR:
        return Month.parse(text)
    raise Problem(404, "not-found", "There is no such page", "Nothing is at this address.")


def _shown(request: Request, visit: PageSession, month: Month) -> Response:
    visit.need("contracts-list_contracts")
    context = context_of(request)
    now = context.clock()
    current = Month.of(tokyo_day(now))
    service = chosen_service(request, visit)
    figures, line = _kept(context, month, service)
    items = item_names(service)
    drawn = chart([str(one) for one, _ in line], [[by.get(item, 0) for item in items] for _, by in line], shown=7)
    return page(
        request, visit, "month.html", now=now, month=month, figures=figures, line=line, line_chart=drawn,
        items=items, previous=month.previous, following=month.following if month < current else None,
        running=month >= current, sees_people=sees_people(visit), service=service,
        services=services_to_choose(visit), link=Linking(f"/months/{month}", {"service": service}),
        own=Linking("", {"service": service}),
    )  # fmt: skip


def _kept(context: Context, month: Month, service: str | None) -> tuple[MonthFigures, InForce]:
    """Return the figures of a month, and the contracts in force at the end of the last ones; cached a minute."""
    found: KeptMonth | None = context.kept.get(KEPT)
    fresh = found is not None and (context.wall() - found.at).total_seconds() < KEPT_S
    if found is not None and fresh and found[:2] == (month, service) and not context.sandbox:
        return found.figures, found.in_force
    months = [month]
    while len(months) < MONTHS:
        months.insert(0, months[0].previous)
    figures, line = context.figures(
        lambda conn: (
            month_figures(conn, month, service),
            [(one, in_force(conn, one.last, service)) for one in months],
        )
    )
    context.kept[KEPT] = KeptMonth(month, service, context.wall(), figures, line)
    return figures, line
