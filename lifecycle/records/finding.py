"""Finds contracts by state and item, and by typed text: id, reference, customer.

A text is searched in references, then in people, each in the order of ids and with a limit: SQLite scans a narrow
table or index, PostgreSQL looks up parts of the text as numbers.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    true,
)

from lifecycle.machines.compared import reference_key
from lifecycle.records import tables
from lifecycle.records.contract_filter import ContractFilter as ContractFilter
from lifecycle.records.contract_filter import bearing, conditions_of
from lifecycle.records.engine import is_sqlite
from lifecycle.records.people import note_read
from lifecycle.records.search_folding import fold
from lifecycle.records.text_parts import PLAIN, holds

_c, _s, _p, _o = tables.contract.c, tables.search_text.c, tables.personal.c, tables.other_reference.c
_one = tables.contract.alias("one")
SHOWN = (
    _c.id, _c.reference, _c.state, _c.item, _c.received_on, _c.billing_starts_on, _c.effective_on,
    _c.terminated_on, _c.assigned_to, _c.reference_key,
)  # fmt: skip
_ID = re.compile(r"c_[0-9a-z]{1,38}")
Narrowed = Callable[[ColumnElement[str]], Select[Any]]
FIRST = 3000  # texts that PostgreSQL scans before it uses an index
FEW = 2000  # contracts of a state or an item; so few are examined one by one


def contract_ids(conn: Connection, wanted: ContractFilter, limit: int) -> list[str]:
    """Return the ids of the contracts that match a filter, in the order of id."""
    hits = _hits(conn, wanted, limit, newest=False)
    return sorted(set(hits))[:limit]


def find(conn: Connection, wanted: ContractFilter, limit: int) -> list[Any]:
    """Return a limited number of contracts, columns as SHOWN, the newest first.

    With a text: first those whose id starts with it, then the one with exactly this reference, then by reference
    and by people.
    """
    found: dict[str, None] = {}
    for id_ in _hits(conn, wanted, limit, newest=True):
        found[id_] = None
        if len(found) == limit:
            break
    rows = {row.id: row for row in conn.execute(select(*SHOWN).where(_c.id.in_(list(found))))}
    return [rows[id_] for id_ in found]


def wanted_contracts(conn: Connection, wanted: ContractFilter) -> ColumnElement[bool]:
    """Return the condition that a contract matches; with a text, by any of the passes."""
    if not wanted.text:
        return and_(true(), *conditions_of(_c, wanted))
    return or_(*(_c.id.in_(one.statement) for one in _passes(conn, wanted)))


def few_hits(conn: Connection, wanted: ContractFilter, most: int) -> set[str] | None:
    """Return the ids of the contracts with a text, None for more than the limit; each pass is limited."""
    found: set[str] = set()
    for one in _passes(conn, wanted):
        for statement in (*([one.first(True)] if one.first else []), one.statement):
            found.update(conn.execute(statement.limit(most + 1)).scalars())
            if len(found) > most:
                return None
    return found


def names_of(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return the customers' names of contracts, by id; erased ones are omitted."""
    note_read(ids)
    rows = conn.execute(select(_p.contract_id, _p.data).where(_p.contract_id.in_(list(ids))))
    return {row.contract_id: row.data["customer"]["name"] for row in rows}


class _Pass(NamedTuple):
    """One search by a column of contract ids. first: the same among the first texts only, in order."""

    column: ColumnElement[str]
    statement: Select[Any]
    first: Callable[[bool], Select[Any]] | None = None


def _hits(conn: Connection, wanted: ContractFilter, limit: int, *, newest: bool) -> Iterator[str]:
    """Return a limited number of ids of each pass, in their order: each pass is one query with a limit of its
    own.
    """
    for one in _passes(conn, wanted):
        found = list(conn.execute(one.first(newest).limit(limit)).scalars()) if one.first else []
        if len(found) < limit:
            ordered = one.statement.order_by(one.column.desc() if newest else one.column)
            found = list(conn.execute(ordered.limit(limit)).scalars())
        yield from found


def _passes(conn: Connection, wanted: ContractFilter) -> Iterator[_Pass]:
    """The passes: all contracts; or an exact id or reference, then parts of references, then people."""
    if not wanted.text:
        yield _Pass(_c.id, select(_c.id).where(*conditions_of(_c, wanted), *_between(_c.id, wanted)))
        return
    typed, folded, key = wanted.text, fold(wanted.text), reference_key(wanted.text)
    reference = _s.reference if is_sqlite(conn) else func.lower(_s.reference)
    narrowed = _narrowed(conn, wanted)
    if _ID.fullmatch(key):
        yield _Pass(_c.id, narrowed(_c.id).where(_c.id >= key, _c.id < f"{key}~"))
    for column, condition in bearing(typed, key):
        yield _Pass(column, narrowed(column).where(condition))
    for text in dict.fromkeys((key, typed.casefold())):
        yield _text_pass(conn, wanted, narrowed, _s.contract_id, reference, text)
    if key:
        yield _text_pass(conn, wanted, narrowed, _o.contract_id, _o.reference_key, key)
    if wanted.people and folded:
        yield _text_pass(conn, wanted, narrowed, _p.contract_id, _p.search, folded)


def _text_pass(
    conn: Connection, wanted: ContractFilter, narrowed: Narrowed, column: ColumnElement[str],
    texts: ColumnElement[str], text: str,
) -> _Pass:  # fmt: skip
    """A search for a text: on PostgreSQL first in the first texts in order, for frequent texts, then by the
    index.
    """
    statement = narrowed(column).where(holds(conn, texts, text))
    if is_sqlite(conn):
        return _Pass(column, statement)
    conditions = conditions_of(_one.c, wanted)

    def first(newest: bool) -> Select[Any]:
        ids, part = column, texts.contains(text, autoescape=True)
        if conditions:  # with an aggregate each is looked up; a join would read all texts
            ids, part = _one.c.id, select(func.bool_or(part)).where(column == _one.c.id).scalar_subquery()
        looked_at = select(ids.label("id"), part.label("held")).where(*conditions, *_between(ids, wanted))
        among = looked_at.order_by(ids.desc() if newest else ids).limit(FIRST).subquery().c
        return select(among.id).where(among.held).order_by(among.id.desc() if newest else among.id)

    if text in PLAIN:
        return _Pass(column, statement, first)
    held = select(column).where(holds(conn, texts, text), *_between(column, wanted))
    apart = (
        held.offset(0).subquery().c[0]
    )  # else PostgreSQL expects many hits and reads all texts in the order of ids
    return _Pass(apart, narrowed(apart), first)


def _narrowed(conn: Connection, wanted: ContractFilter) -> Narrowed:
    """Restrict the selection of a column of contract ids to those of the requested state and item.

    Of a rare state each contract is examined, of a frequent one each hit: never every contract twice.
    """
    conditions = conditions_of(_one.c, wanted)
    wanted_ids = select(_one.c.id).where(*conditions)
    few = bool(conditions) and _at_most(conn, wanted_ids, FEW)

    def narrowed(column: ColumnElement[str]) -> Select[Any]:
        statement = select(column).where(*_between(column, wanted))
        if not conditions:
            return statement
        here = column.in_(wanted_ids) if few else exists().where(_one.c.id == column, *conditions)
        return statement.where(here)

    return narrowed


def contracts_of_people(conn: Connection, text: str) -> Select[Any]:
    """Select the ids of contracts with a text in the searched data of their people."""
    return select(_p.contract_id).where(holds(conn, _p.search, fold(text)))


def _between(column: ColumnElement[str], wanted: ContractFilter) -> list[ColumnElement[bool]]:
    after = [column > wanted.after] if wanted.after else []
    return [*after, column < wanted.before] if wanted.before else after


def _at_most(conn: Connection, statement: Select[Any], few: int) -> bool:
    counted = select(func.count()).select_from(statement.limit(few + 1).subquery())
    return bool(conn.execute(counted).scalar_one() <= few)
