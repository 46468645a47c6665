"""Contracts: the list, the newest first, and what is found by a text; also as one types."""

from typing import Any, NamedTuple
from unicodedata import category
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from api.pages.form_table import BY_NAME
from api.pages.layout import drawn, page
from api.pages.routing import pages
from api.pages.session import PageSession, SignedInSession
from api.request.context import Exporting, context_of
from api.routes.files import FileFormat, contract_rows, sheet
from lifecycle.machines.table import MACHINES
from lifecycle.queries.matching import matched_in
from lifecycle.records.engine import reading
from lifecycle.records.finding import ContractFilter, find
from lifecycle.records.mapping import load_many
from lifecycle.records.reading import personal_of_many
from lifecycle.terms.editions import EDITIONS

router = pages()
SHOWN, AS_TYPED, LONGEST = 50, 8, 100
STATES = tuple(state.id for state in MACHINES["contract"].states)
ITEMS = tuple(dict.fromkeys(name for terms in EDITIONS for name in terms.items))


@router.get("/contracts")
def contracts_page(request: Request, visit: SignedInSession) -> Response:
    """The list, narrowed by text, state and item."""
    visit.need("contracts-list_contracts")
    asked = _asked(request, visit)
    found, names, matched = _found(request, asked, SHOWN + 1)
    more = len(found) > SHOWN
    return page(
        request, visit, "contracts.html", found=found[:SHOWN], names=names, matched=matched, asked=asked,
        more=more, states=STATES, items=ITEMS, form=BY_NAME["contracts-apply"],
        next=found[SHOWN - 1].id if more else None, query=urlencode(request.query_params),
    )  # fmt: skip


@router.get("/contracts.{form}")
def contracts_file(request: Request, visit: SignedInSession, place: Exporting, form: FileFormat) -> Response:
    """All of the list as a file."""
    visit.need("files-list_contracts")
    return sheet("contracts", form, contract_rows(_asked(request, visit)), context_of(request), visit.language)


@router.get("/contracts/found")
def found_as_typed(request: Request, visit: SignedInSession) -> Response:
    """The first finds, as a part of a page."""
    visit.need("contracts-list_contracts")
    found, names, matched = _found(request, _asked(request, visit), AS_TYPED)
    return HTMLResponse(drawn(request, visit, "found.html", found=found, names=names, matched=matched))


def _asked(request: Request, visit: PageSession) -> ContractFilter:
    query = request.query_params
    typed = "".join(sign for sign in query.get("q", "") if category(sign) not in ("Cc", "Cs")).strip()[:LONGEST]
    return ContractFilter(
        state=next((state for state in STATES if state == query.get("state")), None),
        item=next((item for item in ITEMS if item == query.get("item")), None),
        text=typed,
        people=visit.principal.sees_personal_data,
        before=query.get("before", "").replace("\0", "")[:40] or None,
    )


class Found(NamedTuple):
    """Rows as `find` gives them; by id the customer's name, and the fields that hold the text looked for."""

    rows: list[Any]
    names: dict[str, str]
    matched: dict[str, list[str]]


def _found(request: Request, asked: ContractFilter, limit: int) -> Found:
    with reading(context_of(request).engine) as conn:
        rows = find(conn, asked, limit)
        ids = [row.id for row in rows]
        people = personal_of_many(conn, ids) if asked.people else {}
        dossiers = load_many(conn, ids) if asked.text else {}
    names = {id_: who["customer"]["name"] for id_, who in people.items()}
    matched = {id_: matched_in(one, people.get(id_), asked.text or "") for id_, one in dossiers.items()}
    return Found(rows, names, matched)
