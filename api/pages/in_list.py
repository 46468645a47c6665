"""The neighbours of a contract in the list from which one came; the address carries the list's query."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from sqlalchemy import Connection, select

from api.pages.list_filter import ListFilter, list_filter
from api.pages.session import PageSession
from lifecycle.records import tables
from lifecycle.records.finding import SHOWN, find
from lifecycle.records.listing import Order, page_of, place_of

LONGEST = 1_000
HITS = 50  # as many as the list shows for a search text
PLACES = ("after", "before")


class PlaceInList(NamedTuple):
    """Addresses: back to the list, and the neighbours in it, None at its ends."""

    back: str
    previous: str | None
    following: str | None


def list_link(asked: ListFilter, query: Mapping[str, str]) -> str:
    """Return the end of a link to a contract of a list: the query of the list."""
    places = {name: query[name] for name in PLACES if query.get(name)}
    return f"?list={quote(asked.query() + ('&' + urlencode(places) if places else ''), safe='')}"


def place_in_list(
    conn: Connection, visit: PageSession, text: str | None, contract_id: str, today: date
) -> PlaceInList | None:
    """Return the place in the list that the address names, None for none."""
    if text is None or len(text) > LONGEST or not visit.may("contracts-list_contracts"):
        return None
    asked = list_filter(dict(parse_qsl(text)), visit, today)
    if asked.wrong:
        return None
    previous, following = _neighbours(conn, asked, contract_id)
    more = f"?list={quote(text, safe='')}"
    return PlaceInList(
        f"/contracts?{urlencode(parse_qsl(text))}",
        f"/contracts/{previous}{more}" if previous else None,
        f"/contracts/{following}{more}" if following else None,
    )


def _neighbours(conn: Connection, asked: ListFilter, contract_id: str) -> tuple[str | None, str | None]:
    if asked.wanted.text and not asked.sort:  # the best finds, in no order
        ids = [row.id for row in find(conn, asked.wanted, HITS)]
        at = ids.index(contract_id) if contract_id in ids else len(ids)
        return (ids[at - 1] if 0 < at < len(ids) else None), (ids[at + 1] if at + 1 < len(ids) else None)
    row = conn.execute(select(*SHOWN).where(tables.contract.c.id == contract_id)).one()
    order = Order.of(asked.sort)
    place = place_of(row, order)
    before = page_of(conn, asked.wanted, order, 1, before=place).rows
    after = page_of(conn, asked.wanted, order, 1, after=place).rows
    return (before[0].id if before else None), (after[0].id if after else None)
