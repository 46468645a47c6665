"""One contract with its history, loaded on demand for the rules of entries."""

from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from lifecycle.commands.command import CommandContext
from lifecycle.history.rows import rows_to_fold
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.enter import Book
from lifecycle.machines.entries import Row
from lifecycle.records.mapping import load
from lifecycle.terms.editions import EDITIONS, Editions


class _History:
    """The history of a contract for a book: read once, and only on demand."""

    def __init__(self, conn: Connection, contract_id: str) -> None:
        self._conn, self._contract_id = conn, contract_id

    def rows(self) -> list[Row]:
        return self._read[0]

    def judged_from(self) -> datetime | None:
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[list[Row], datetime | None]:
        return rows_to_fold(self._conn, self._contract_id)


def book_of(conn: Connection, contract_id: str, editions: Editions = EDITIONS) -> Book:
    """Return a contract with its row locked; the history is read on demand. Raises Unknown."""
    return book_around(conn, load(conn, contract_id, lock=True), editions)


def locked(conn: Connection, contract_id: str, context: CommandContext) -> Dossier:
    """Return a contract with its row locked, as it is now. Raises Unknown."""
    together = context.together
    return load(conn, contract_id, lock=True) if together is None else together.dossier(contract_id)


def book_around(conn: Connection, dossier: Dossier, editions: Editions = EDITIONS) -> Book:
    """Return the book of a dossier that is already read and locked."""
    history = _History(conn, dossier.contract.id)
    return Book(dossier, history.rows, editions.governing(dossier.contract), history.judged_from)
