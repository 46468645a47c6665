"""One contract with its history, as the rules of entering read it."""

from datetime import datetime

import orjson
from sqlalchemy import Connection, bindparam, select

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.enter import Book
from lifecycle.machines.entries import Row, recorded_order
from lifecycle.records import tables
from lifecycle.records.compiled import fetch_tuples
from lifecycle.records.mapping import load
from lifecycle.terms.editions import EDITIONS, Editions

_PAYLOADS = select(tables.history.c.payload).where(tables.history.c.contract_id == bindparam("id"))


def book_of(conn: Connection, contract_id: str, editions: Editions = EDITIONS) -> Book:
    """A contract with its row locked; the history is read where it is needed. Raises Unknown."""
    return book_around(conn, load(conn, contract_id, lock=True), editions)


def book_around(conn: Connection, dossier: Dossier, editions: Editions = EDITIONS) -> Book:
    """The book of a dossier that is read and locked already."""
    return Book(dossier, lambda: rows_of(conn, dossier.contract.id), editions, lambda: judged_from(conn))


def rows_of(conn: Connection, contract_id: str) -> list[Row]:
    """The payloads of a contract and all its parts, in the order of recording."""
    found = fetch_tuples(conn, _PAYLOADS, {"id": contract_id})
    return recorded_order(orjson.loads(payload) for (payload,) in found)


def judged_from(conn: Connection) -> datetime | None:
    """From when on entries are judged at their places, None where all of them are."""
    found: datetime | None = conn.execute(select(tables.clock.c.judged_from)).scalar_one_or_none()
    return found
