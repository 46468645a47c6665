"""Contracts: the list, its file, and the matches while one types."""

from typing import Any, NamedTuple

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection

from api.pages.chosen import ACTS
from api.pages.chosen_service import services_to_choose
from api.pages.form_table import BY_NAME
from api.pages.in_list import list_link
from api.pages.layout import drawn, page
from api.pages.list_filter import BOUNDS, STATES, ListFilter, list_filter
from api.pages.routing import pages
from api.pages.session import SignedInSession
from api.request.context import Exporting, context_of
from api.routes.files import FileFormat, contract_rows, sheet
from lifecycle.queries.matching import matched_in
from lifecycle.queries.totals import totals
from lifecycle.records.contract_filter import ContractFilter
from lifecycle.records.engine import reading
from lifecycle.records.finding import find, names_of
from lifecycle.records.listing import Order, Page, assignees, page_of
from lifecycle.records.mapping import load_many
from lifecycle.records.people import personal_of_many
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import item_names

router = pages()
AS_TYPED = 8
PAGE_COUNTED = 100_000  # contracts: the page of a larger list does not wait until all are counted


@router.get("/contracts")
def contracts_page(request: Request, visit: SignedInSession) -> Response:
    """Show the list with filters and order, its count and sum."""
    visit.need("contracts-list_contracts")
    context = context_of(request)
    now = context.clock()
    asked = list_filter(request.query_params, visit, tokyo_day(now))
    with reading(context.engine) as conn:
        shown = _page(conn, request, asked, visit.own.rows)
        summed = None if asked.wrong else totals(conn, asked.wanted, now, PAGE_COUNTED)
        found = _described(conn, asked.wanted, shown.rows)
        people = assignees(conn)
    sent = page(
        request, visit, "contracts.html", now=now, status=422 if asked.wrong else 200, shown=shown,
        found=found, asked=asked, summed=summed, states=STATES, items=item_names(), bounds=BOUNDS,
        services=services_to_choose(visit),
        assignees=people, periods=list(asked.periods(tokyo_day(now))),
        acts=[act for act in ACTS if visit.may(act.needs)], here_in_list=list_link(asked, request.query_params),
        form=BY_NAME["contracts-apply"],
    )  # fmt: skip
    links = {"next": shown.after and f"after={shown.after}", "prev": shown.before and f"before={shown.before}"}
    query = asked.query()
    for rel, place in links.items():
        if place:
            sent.headers.append("Link", f'</contracts?{query + "&" if query else ""}{place}>; rel="{rel}"')
    return sent


@router.get("/contracts.{form}")
def contracts_file(request: Request, visit: SignedInSession, place: Exporting, form: FileFormat) -> Response:
    """Return the whole list as a file."""
    visit.need("files-list_contracts")
    context = context_of(request)
    asked = list_filter(request.query_params, visit, tokyo_day(context.clock()))
    return sheet("contracts", form, contract_rows(asked.wanted, asked.sort), context, visit.language)


@router.get("/contracts/found")
def found_as_typed(request: Request, visit: SignedInSession) -> Response:
    """Return the first matches, as a part of a page."""
    visit.need("contracts-list_contracts")
    context = context_of(request)
    wanted = list_filter(request.query_params, visit, tokyo_day(context.clock())).wanted
    with reading(context.engine) as conn:
        rows = find(conn, wanted, AS_TYPED)
        found = _described(conn, wanted, rows)
    return HTMLResponse(drawn(request, visit, "found.html", rows=rows, found=found))


class Described(NamedTuple):
    """By id the customer's name, and the fields that contain the search text."""

    names: dict[str, str]
    matched: dict[str, list[str]]


def _page(conn: Connection, request: Request, asked: ListFilter, rows: int) -> Page:
    """Return a page; for a text without an order only the best matches."""
    if asked.wrong:
        return Page([], None, None)
    if asked.wanted.text and not asked.sort:
        return Page(find(conn, asked.wanted, rows), None, None)
    places = {
        name: request.query_params.get(name, "").replace("\0", "")[:500] or None for name in ("after", "before")
    }
    return page_of(conn, asked.wanted, Order.of(asked.sort), rows, **places)


def _described(conn: Connection, wanted: ContractFilter, rows: list[Any]) -> Described:
    ids = [row.id for row in rows]
    if not wanted.text:
        return Described(names_of(conn, ids) if wanted.people else {}, {})
    people = personal_of_many(conn, ids) if wanted.people else {}
    names = {id_: who["customer"]["name"] for id_, who in people.items()}
    dossiers = load_many(conn, ids)
    return Described(names, {id_: matched_in(one, people.get(id_), wanted.text) for id_, one in dossiers.items()})
