"""Finding contracts as people look for them: newest first, or by what they type of number, reference, customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from lifecycle.records import tables

_c, _p = tables.contract.c, tables.personal.c
SHOWN = (_c.id, _c.reference, _c.state, _c.item, _c.billing_starts_on, _c.effective_on, _c.terminated_on)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. folded: text as desk.applications folds it; typed: the same as it was typed.

    people: whether it also looks into personal data. before: the last id of the page before.
    """

    folded: str = ""
    typed: str = ""
    people: bool = True
    state: str | None = None
    item: str | None = None
    before: str | None = None


def find(conn: Connection, wanted: Wanted, limit: int) -> list[Any]:
    """At most so many contracts, columns as SHOWN: by reference first, then by customer; all, the newest first.

    Two passes with an end each: a text that nothing holds is looked for once in either place.
    """
    if not wanted.folded:
        page = _narrowed(select(*SHOWN), wanted).order_by(_c.id.desc()).limit(limit)
        return list(conn.execute(page.where(_c.id < wanted.before) if wanted.before else page))
    texts = dict.fromkeys((wanted.folded, wanted.typed.casefold()))
    named = or_(*(_c.reference.icontains(text, autoescape=True) for text in texts))
    if not wanted.state and not wanted.item:  # then the index of references alone says which
        named = _c.reference.in_(select(_c.reference).where(named).limit(limit).scalar_subquery())
    hit = or_(named, _c.id == wanted.folded)
    found = list(conn.execute(_narrowed(select(*SHOWN), wanted).where(hit).limit(limit)))
    if wanted.people and len(found) < limit:
        known = {row.id for row in found}
        held = _narrowed(select(*SHOWN).join(tables.personal, _p.contract_id == _c.id), wanted)
        more = conn.execute(held.where(_p.search.contains(wanted.folded, autoescape=True)).limit(limit))
        found += [row for row in more if row.id not in known]
    return found[:limit]


def names_of(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """The customers' names of contracts, by id; none for those erased."""
    rows = conn.execute(select(_p.contract_id, _p.data).where(_p.contract_id.in_(list(ids))))
    return {row.contract_id: row.data["customer"]["name"] for row in rows}


def _narrowed(statement: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.state:
        statement = statement.where(_c.state == wanted.state)
    return statement.where(_c.item == wanted.item) if wanted.item else statement
