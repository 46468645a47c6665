"""Finding contracts as people look for them: by state and item, by what they type of number, reference, customer.

A text is looked for in references, then in people, each in the order of ids and with an end: SQLite reads a narrow
table or index of either, PostgreSQL looks up the text's signs, two by two, as numbers.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from string import ascii_lowercase, digits
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from lifecycle.records import tables
from lifecycle.records.engine import is_sqlite
from lifecycle.records.looking import looked_at
from lifecycle.records.normalise import reference_key
from lifecycle.records.search_folding import fold

_c, _s, _p, _o = tables.contract.c, tables.search_text.c, tables.personal.c, tables.other_reference.c
_one = tables.contract.alias("one")
SHOWN = (
    _c.id, _c.reference, _c.state, _c.item, _c.received_on, _c.billing_starts_on, _c.effective_on,
    _c.terminated_on, _c.assigned_to,
)  # fmt: skip
IN_MOST_TEXTS = frozenset(ascii_lowercase + digits)
_ID = re.compile(r"c_[0-9a-z]{1,38}")
FEW = 2000  # contracts of a state or an item; so few are looked through one by one


@dataclass(frozen=True, slots=True)
class ContractFilter:
    """Which contracts are wanted.

    text: as it was typed, of an id, a reference or the people; people: whether it also looks into personal data.
    after, before: ids between which the contracts lie. customer_number: the company's own
    number of the customer, folded likewise. reference: one that the contract or a part of it bears, as it is
    compared. Days lie within a range, both its ends counted; ends: the last day of service, decided or past.
    assigned_to: the assignee's name. held: whether billing is held because a condition was open. ids: no others.
    service: the name of the service whose terms govern it.
    """

    state: str | None = None
    item: str | None = None
    text: str | None = None
    people: bool = True
    due_before: datetime | None = None
    after: str | None = None
    before: str | None = None
    customer_number: str | None = None
    reference: str | None = None
    received_from: date | None = None
    received_to: date | None = None
    billing_starts_from: date | None = None
    billing_starts_to: date | None = None
    ends_from: date | None = None
    ends_to: date | None = None
    assigned_to: str | None = None
    held: bool | None = None
    ids: tuple[str, ...] | None = None
    service: str | None = None


RANGES = {
    "received": "received_on",
    "billing_starts": "billing_starts_on",
    "ends": "effective_on",
}  # their columns


def contract_ids(conn: Connection, wanted: ContractFilter, limit: int) -> list[str]:
    """The ids of the contracts that a filter lets through, in the order of id."""
    hits = _hits(conn, wanted, limit, newest=False)
    return sorted(set(hits))[:limit]


def find(conn: Connection, wanted: ContractFilter, limit: int) -> list[Any]:
    """At most so many contracts, columns as SHOWN, the newest first.

    With a text: whose id begins so, then the one that bears just this reference, then by reference and by people.
    """
    found: dict[str, None] = {}
    for id_ in _hits(conn, wanted, limit, newest=True):
        found[id_] = None
        if len(found) == limit:
            break
    rows = {row.id: row for row in conn.execute(select(*SHOWN).where(_c.id.in_(list(found))))}
    return [rows[id_] for id_ in found]


def wanted_contracts(conn: Connection, wanted: ContractFilter) -> ColumnElement[bool]:
    """The condition that a contract's row is wanted; of a text, whatever any of the passes finds."""
    if not wanted.text:
        return and_(true(), *_conditions(_c, wanted))
    return or_(*(_c.id.in_(statement) for _, statement in _passes(conn, wanted)))


def names_of(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """The customers' names of contracts, by id; none for those erased."""
    looked_at(ids)
    rows = conn.execute(select(_p.contract_id, _p.data).where(_p.contract_id.in_(list(ids))))
    return {row.contract_id: row.data["customer"]["name"] for row in rows}


def _hits(conn: Connection, wanted: ContractFilter, limit: int, *, newest: bool) -> Iterator[str]:
    """At most so many ids of each pass, in their order: each pass is one look-up with an end of its own."""
    for column, statement in _passes(conn, wanted):
        yield from conn.execute(statement.order_by(column.desc() if newest else column).limit(limit)).scalars()


def _passes(conn: Connection, wanted: ContractFilter) -> Iterator[tuple[ColumnElement[str], Select[Any]]]:
    """What is looked for: all, or the very number or reference, then parts of references, then people."""
    if not wanted.text:
        yield _c.id, select(_c.id).where(*_conditions(_c, wanted), *_between(_c.id, wanted))
        return
    typed, folded, key = wanted.text, fold(wanted.text), reference_key(wanted.text)
    reference = _s.reference if is_sqlite(conn) else func.lower(_s.reference)
    narrowed = _narrowed(conn, wanted)
    if _ID.fullmatch(key):
        yield _c.id, narrowed(_c.id).where(_c.id >= key, _c.id < f"{key}~")
    for bearing in _bearing(typed, key):
        yield _c.id, narrowed(_c.id).where(_c.id.in_(bearing))
    for text in dict.fromkeys((key, typed.casefold())):
        yield _s.contract_id, narrowed(_s.contract_id).where(_holds(conn, reference, text))
    if key:
        yield _o.contract_id, narrowed(_o.contract_id).where(_holds(conn, _o.reference_key, key))
    if wanted.people and folded:
        yield _p.contract_id, narrowed(_p.contract_id).where(_holds(conn, _p.search, folded))


def _narrowed(conn: Connection, wanted: ContractFilter) -> Callable[[ColumnElement[str]], Select[Any]]:
    """Makes the selection of a column of contract ids among those of the wanted state and item.

    Of a rare state each contract is looked at, of a frequent one each hit: never every contract twice.
    """
    conditions = _conditions(_one.c, wanted)
    wanted_ids = select(_one.c.id).where(*conditions)
    few = bool(conditions) and _at_most(conn, wanted_ids, FEW)

    def narrowed(column: ColumnElement[str]) -> Select[Any]:
        statement = select(column).where(*_between(column, wanted))
        if not conditions:
            return statement
        here = column.in_(wanted_ids) if few else exists().where(_one.c.id == column, *conditions)
        return statement.where(here)

    return narrowed


def _conditions(contract: Any, wanted: ContractFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state:
        found.append(contract.state == wanted.state)
    if wanted.item:
        found.append(contract.item == wanted.item)
    if wanted.service:
        found.append(contract.service == wanted.service)
    if wanted.customer_number is not None:
        numbered = select(_p.contract_id).where(_p.customer_number == wanted.customer_number)
        found.append(contract.id.in_(numbered))
    if wanted.reference is not None:
        found.append(contract.id.in_(union_all(*_bearing(wanted.reference, reference_key(wanted.reference)))))
    if wanted.due_before:
        found.append(contract.due_at < wanted.due_before)
    if wanted.ids is not None:
        found.append(contract.id.in_(wanted.ids))
    if wanted.assigned_to is not None:
        found.append(contract.assigned_to == wanted.assigned_to)
    if wanted.held is not None:
        held: ColumnElement[bool] = literal_column(f"{contract.id.table.name}.billing_held")  # as its index
        found.append(held if wanted.held else ~held)
    return [*found, *_within(contract, wanted)]


def _within(contract: Any, wanted: ContractFilter) -> Iterator[ColumnElement[bool]]:
    for name, column in RANGES.items():
        first, last = getattr(wanted, f"{name}_from"), getattr(wanted, f"{name}_to")
        if first is not None:
            yield contract[column] >= first
        if last is not None:
            yield contract[column] <= last


def _bearing(typed: str, key: str) -> Iterator[Select[Any]]:
    """The ids of the contracts that bear a reference, of their own or beside it, or have a part which does."""
    own = tables.contract.c
    yield select(own.id).where(own.reference == typed)
    yield select(own.id).where(own.reference_key == key)
    yield select(_o.contract_id).where(_o.reference_key == key)
    for kind in ("option", "item_change"):
        part = tables.SUBJECTS[kind].c
        yield select(part.contract_id).where(part.reference_key == key)


def contracts_of_people(conn: Connection, text: str) -> Select[Any]:
    """The ids of contracts with a text as part of what is searched of their people."""
    return select(_p.contract_id).where(_holds(conn, _p.search, fold(text)))


def _between(column: ColumnElement[str], wanted: ContractFilter) -> list[ColumnElement[bool]]:
    after = [column > wanted.after] if wanted.after else []
    return [*after, column < wanted.before] if wanted.before else after


def _at_most(conn: Connection, statement: Select[Any], few: int) -> bool:
    counted = select(func.count()).select_from(statement.limit(few + 1).subquery())
    return bool(conn.execute(counted).scalar_one() <= few)


def _holds(conn: Connection, column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Whether a text is part of a column's. On SQLite LIKE passes over case by itself."""
    held = column.contains(text, autoescape=True)
    if is_sqlite(conn):
        return held
    bigrams = bigrams_of(text)
    return func.pairs_of(column, type_=ARRAY(BigInteger)).contains(bigrams) & held if bigrams else held


def bigrams_of(text: str) -> list[int]:
    """What the index holds of each text with this part; nothing for a Latin letter or digit, which most have."""
    if len(text) == 1:
        return [] if text in IN_MOST_TEXTS else [ord(text)]
    return [ord(first) << 21 | ord(second) for first, second in pairwise(text)]
