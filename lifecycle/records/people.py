"""Personal data of contracts: the present people, the changes of each entry, and the record of reads.

Both are separate from everything else, so that they can be erased. A contract whose people never changed has no
versions. Reads are noted where the data is read, if the request is observed: ids only, and not for the clock or
the command line.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from lifecycle.machines.people import first_entry
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples, undecoded
from lifecycle.records.search_folding import customer_number, fold, fold_people

_PERSONAL = select(tables.personal.c.data).where(tables.personal.c.contract_id == bindparam("id"))
_version = tables.people_version.c
_VERSIONS = select(_version.entry_id, undecoded(_version.data)).where(_version.contract_id == bindparam("id"))


class Look:
    """The reads of one request. actor: the person, None until the request is known to see personal data. ids: of
    contracts.
    """

    __slots__ = ("actor", "ids")

    def __init__(self) -> None:
        self.actor: str | None = None
        self.ids: dict[str, None] = {}


_look: ContextVar[Look | None] = ContextVar("look", default=None)


@contextmanager
def looking() -> Iterator[Look]:
    """Collect reads while the block runs, also in threads that it starts with its own context."""
    look = Look()
    token = _look.set(look)
    try:
        yield look
    finally:
        _look.reset(token)


def looks(actor: str) -> None:
    """Set who reads, and sees personal data."""
    if (look := _look.get()) is not None:
        look.actor = actor


def reads_so_far() -> list[str]:
    """Return the contracts that the request has read up to now."""
    look = _look.get()
    return [*look.ids] if look is not None else []


def note_read(ids: Iterable[str]) -> None:
    """Note contracts whose people, notes or files are read."""
    if (look := _look.get()) is not None:
        look.ids.update(dict.fromkeys(ids))


def personal_of(conn: Connection, contract_id: str) -> Mapping[str, Any] | None:
    """Return customer and administrator of a contract, None after erasure."""
    note_read([contract_id])
    found: Mapping[str, Any] | None = conn.execute(_PERSONAL, {"id": contract_id}).scalar_one_or_none()
    return found


def personal_of_many(conn: Connection, contract_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Return customer and administrator of many contracts."""
    table = tables.personal.c
    note_read(contract_ids)
    rows = conn.execute(
        select(table.contract_id, table.data).where(table.contract_id.in_(list(contract_ids)))
    ).all()
    return {row.contract_id: row.data for row in rows}


class Version(NamedTuple):
    """The change of a contract's people by an entry. entry_id: the id of its history row."""

    entry_id: str
    salt: str
    data: Mapping[str, Any]


def versions_of(conn: Connection, contract_id: str) -> dict[str, Mapping[str, Any]]:
    """Return the changes of a contract's people by entry; empty if they never changed."""
    note_read([contract_id])
    rows = fetch_tuples(conn, _VERSIONS, {"id": contract_id})
    return {entry_id: orjson.loads(data) for entry_id, data in rows}


def former_people(conn: Connection, text: str) -> list[str]:
    """Select the ids of contracts with changed people and a text in the searched data, present or former."""
    wanted, found = fold(text), set[str]()
    for contract_id, data in conn.execute(select(_version.contract_id, _version.data)):
        if wanted in fold_people(data):
            found.add(contract_id)
    return sorted(found)


def add_version(conn: Connection, contract_id: str, version: Version) -> None:
    """Add a version; with the first one the present people become the version of the application."""
    if not versions_of(conn, contract_id):
        table = tables.personal
        row = conn.execute(select(table.c.salt, table.c.data).where(table.c.contract_id == contract_id)).one()
        _insert(conn, contract_id, Version(first_entry(contract_id), row.salt, row.data))
    _insert(conn, contract_id, version)


def set_people(conn: Connection, contract_id: str, data: Mapping[str, Any]) -> None:
    """Set the present people, which the contract shows and by which it is found."""
    values = {"data": data, "search": fold_people(data), "customer_number": customer_number(data)}
    conn.execute(update(tables.personal).where(tables.personal.c.contract_id == contract_id).values(values))


def forget_people(conn: Connection, contract_id: str) -> None:
    """Erase all versions with their salts."""
    for table in (tables.people_version, tables.personal):
        conn.execute(delete(table).where(table.c.contract_id == contract_id))


def _insert(conn: Connection, contract_id: str, version: Version) -> None:
    conn.execute(insert(tables.people_version).values(contract_id=contract_id, **version._asdict()))
