"""Lists of contracts in a chosen order: paged in both directions, counted and summed.

A position in a list is the value and the id of a row, so that added or removed rows do not move it. Contracts
without the day of the order are last in both directions, as are the few whose reference has no key
(references.py).
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, NamedTuple, get_args

import orjson
from sqlalchemy import Connection, Select, and_, func, or_, select, true

from lifecycle.errors import Malformed
from lifecycle.machines.compared import reference_key
from lifecycle.records import tables
from lifecycle.records.contract_filter import ContractFilter
from lifecycle.records.finding import SHOWN, contract_ids, few_hits, wanted_contracts

Sort = Literal[
    "reference", "received_on", "billing_starts_on", "effective_on",
    "-reference", "-received_on", "-billing_starts_on", "-effective_on",
]  # fmt: skip
SORTS: tuple[Sort, ...] = get_args(Sort)
MOST_ASSIGNEES = 100
MOST_COUNTED = (
    1000  # maximum number of contracts with a text: for a frequent one, all took a second among a million
)
_COMPARED = {"reference": "reference_key"}  # the column that replaces another one in an order
_c = tables.contract.c


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list: a column, None for the id alone; descending: the greatest first."""

    column: str | None = None
    descending: bool = False

    @classmethod
    def of(cls, sort: str | None) -> "Order":
        """The order by a name of SORTS, the newest first for none."""
        if not sort:
            return cls(None, descending=True)
        name = sort.removeprefix("-")
        return cls(_COMPARED.get(name, name), sort.startswith("-"))


class Page(NamedTuple):
    """Rows with columns as SHOWN. after, before: the positions from which the neighbouring pages start, None at
    the ends.
    """

    rows: list[Any]
    after: str | None
    before: str | None


def page_of(
    conn: Connection, wanted: ContractFilter, order: Order, limit: int, *, after: str | None = None,
    before: str | None = None,
) -> Page:  # fmt: skip
    """Return a page from a position on, or the page before one. Raises Malformed."""
    backwards = before is not None and after is None
    place = before if backwards else after
    condition, found = wanted_contracts(conn, wanted), list[Any]()
    for part in _parts(order, place, backwards=backwards):
        if len(found) <= limit:
            found += conn.execute(part.where(condition).limit(limit + 1 - len(found)))
    more, rows = len(found) > limit, found[:limit]
    if backwards:
        rows.reverse()
    if not rows:
        return Page([], None, None)
    first, last = place_of(rows[0], order), place_of(rows[-1], order)
    return Page(
        rows, last if more or backwards else None, first if (more if backwards else place is not None) else None
    )


def ids_of_page(
    conn: Connection, wanted: ContractFilter, sort: str | None, limit: int, cursor: str | None
) -> tuple[list[str], str | None]:
    """Return the ids of a page and the cursor of the next, by default in the order of id. Raises Malformed."""
    if sort is not None:
        page = page_of(conn, wanted, Order.of(sort), limit, after=cursor)
        return [row.id for row in page.rows], page.after
    if cursor is not None and not cursor.startswith("c_"):
        raise _no_place()
    ids = contract_ids(conn, replace(wanted, after=cursor), limit + 1)
    return ids[:limit], ids[limit - 1] if len(ids) > limit else None


def numbers_by_item(conn: Connection, wanted: ContractFilter, most: int | None = None) -> dict[str, int] | None:
    """Return how many contracts match a filter, by item; None for more than `most`, with a text MOST_COUNTED."""
    condition = wanted_contracts(conn, wanted)
    if wanted.text:
        found = few_hits(conn, wanted, MOST_COUNTED)
        if found is None:
            return None
        condition = _c.id.in_(sorted(found))
    counted = select(_c.item).where(condition).limit(None if most is None else most + 1).subquery()
    statement = select(counted.c.item, func.count()).group_by(counted.c.item)
    numbers = {row[0]: row[1] for row in conn.execute(statement)}
    return None if most is not None and sum(numbers.values()) > most else numbers


def assignees(conn: Connection) -> list[str]:
    """Return the first MOST_ASSIGNEES assignees: one index lookup for each."""
    found: list[str] = []
    one = select(_c.assigned_to).where(_c.assigned_to.is_not(None)).order_by(_c.assigned_to).limit(1)
    while len(found) < MOST_ASSIGNEES:
        statement = one.where(_c.assigned_to > found[-1]) if found else one
        name: str | None = conn.execute(statement).scalar_one_or_none()
        if name is None:
            break
        found.append(name)
    return found


def place_of(row: Any, order: Order) -> str:
    """Return the position of a row in a list, as a text for an address."""
    if order.column is None:
        return str(row.id)
    value = getattr(row, order.column)
    return urlsafe_b64encode(orjson.dumps([value, row.id])).decode().rstrip("=")


def _read_place(order: Order, place: str) -> tuple[Any, str]:
    if order.column is None:
        return None, place
    try:
        value, id_ = orjson.loads(urlsafe_b64decode(place + "=" * (-len(place) % 4)))
        if not isinstance(id_, str) or not (value is None or isinstance(value, str)):
            raise ValueError
        if order.column == "reference_key" and value is not None:
            return reference_key(value), id_
        return (None if value is None else date.fromisoformat(value)), id_
    except (ValueError, TypeError) as error:
        raise _no_place() from error


def _no_place() -> Malformed:
    return Malformed([("/query/cursor", "is no place in this list")])


def _parts(order: Order, place: str | None, *, backwards: bool) -> list[Select[Any]]:
    """The rows after a position in two parts: those with the day and those without it, each by an index.

    Together they would be read and sorted completely, because the index of a day contains only the rows that have
    it.
    """
    falls = order.descending != backwards
    value, id_ = _read_place(order, place) if place is not None else (None, "")
    by_id = _c.id.desc() if falls else _c.id.asc()
    further = _c.id < id_ if falls else _c.id > id_
    rows = select(*SHOWN)
    if order.column is None:
        return [rows.where(true() if place is None else further).order_by(by_id)]
    column: Any = _c[order.column]
    dated = rows.where(column.is_not(None)).order_by(column.desc() if falls else column.asc(), by_id)
    undated = rows.where(column.is_(None)).order_by(by_id)
    if place is None:
        return [dated, undated]
    if value is None:
        return [undated.where(further), *([dated] if backwards else [])]
    beyond = column < value if falls else column > value
    return [dated.where(or_(beyond, and_(column == value, further))), *([] if backwards else [undated])]
