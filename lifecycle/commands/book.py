"""One contract with its history, as the rules of entering read it."""

from dataclasses import replace
from functools import cache

from sqlalchemy import Connection

from lifecycle.commands.context import CommandContext
from lifecycle.history.rows import judged_from, rows_to_fold
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.enter import Book
from lifecycle.records.mapping import load
from lifecycle.terms.editions import EDITIONS, Editions


def book_of(conn: Connection, contract_id: str, editions: Editions = EDITIONS) -> Book:
    """A contract with its row locked; the history is read once, where it is needed. Raises Unknown."""
    book = book_around(conn, load(conn, contract_id, lock=True), editions)
    return replace(book, rows=cache(book.rows))


def locked(conn: Connection, contract_id: str, context: CommandContext) -> Dossier:
    """A contract with its row locked, as it is at this command. Raises Unknown."""
    together = context.together
    return load(conn, contract_id, lock=True) if together is None else together.dossier(contract_id)


def book_around(conn: Connection, dossier: Dossier, editions: Editions = EDITIONS) -> Book:
    """The book of a dossier that is read and locked already."""
    return Book(
        dossier,
        lambda: rows_to_fold(conn, dossier.contract.id),
        editions.of(dossier.service),
        lambda: judged_from(conn),
    )
