"""One contract with its history, as the rules of entering read it."""

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
    """What a book reads of a contract's history: once, and only where it is needed."""

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
    """A contract with its row locked; the history is read where it is needed. Raises Unknown."""
    return book_around(conn, load(conn, contract_id, lock=True), editions)


def locked(conn: Connection, contract_id: str, context: CommandContext) -> Dossier:
    """A contract with its row locked, as it is at this command. Raises Unknown."""
    together = context.together
    return load(conn, contract_id, lock=True) if together is None else together.dossier(contract_id)


def book_around(conn: Connection, dossier: Dossier, editions: Editions = EDITIONS) -> Book:
    """The book of a dossier that is read and locked already."""
    history = _History(conn, dossier.contract.id)
    return Book(dossier, history.rows, editions.governing(dossier.contract), history.judged_from)
