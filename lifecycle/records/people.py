"""Personal data of contracts: the people of today, and what each entry changed of them, with a salt of its own.

Both stand apart from everything else, so that they can be erased. A contract whose people never changed has no
versions: its people of today are the first and only ones.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from lifecycle.machines.people import first_entry
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples, undecoded
from lifecycle.records.looking import looked_at
from lifecycle.records.normalise import customer_number
from lifecycle.records.search_folding import fold, fold_people

_version = tables.people_version.c
_VERSIONS = select(_version.entry_id, undecoded(_version.data)).where(_version.contract_id == bindparam("id"))


class Version(NamedTuple):
    """What an entry changes of a contract's people. entry_id: the id of its history row."""

    entry_id: str
    salt: str
    data: Mapping[str, Any]


def versions_of(conn: Connection, contract_id: str) -> dict[str, Mapping[str, Any]]:
    """By entry, what it changed of a contract's people; empty where they never changed."""
    looked_at([contract_id])
    rows = fetch_tuples(conn, _VERSIONS, {"id": contract_id})
    return {entry_id: orjson.loads(data) for entry_id, data in rows}


def former_people(conn: Connection, text: str) -> list[str]:
    """The ids of contracts whose people changed and have, or had, a text in what is searched of them."""
    wanted, found = fold(text), set[str]()
    for contract_id, data in conn.execute(select(_version.contract_id, _version.data)):
        if wanted in fold_people(data):
            found.add(contract_id)
    return sorted(found)


def add_version(conn: Connection, contract_id: str, version: Version) -> None:
    """Adds a version; before the first one the people of today become that of the application."""
    if not versions_of(conn, contract_id):
        table = tables.personal
        row = conn.execute(select(table.c.salt, table.c.data).where(table.c.contract_id == contract_id)).one()
        _insert(conn, contract_id, Version(first_entry(contract_id), row.salt, row.data))
    _insert(conn, contract_id, version)


def set_people(conn: Connection, contract_id: str, data: Mapping[str, Any]) -> None:
    """Makes some people those of today, which the contract shows and by which it is found."""
    values = {"data": data, "search": fold_people(data), "customer_number": customer_number(data)}
    conn.execute(update(tables.personal).where(tables.personal.c.contract_id == contract_id).values(values))


def forget_people(conn: Connection, contract_id: str) -> None:
    """Erases every version, with its salt."""
    for table in (tables.people_version, tables.personal):
        conn.execute(delete(table).where(table.c.contract_id == contract_id))


def _insert(conn: Connection, contract_id: str, version: Version) -> None:
    conn.execute(insert(tables.people_version).values(contract_id=contract_id, **version._asdict()))
