"""Applies late terms and facts to stored contracts, each as a separate change (R16, R42)."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from lifecycle.commands.book import book_of
from lifecycle.commands.command import CommandContext
from lifecycle.commands.enter_event import changes_of, record
from lifecycle.commands.outages_reached import reached
from lifecycle.history.editions_known import adopt_announcements, editions_known
from lifecycle.history.rows import judged_from, rows_of_following
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.enter import Entered
from lifecycle.machines.entries import Row, recorded_order
from lifecycle.machines.resettle import resettle, resettling
from lifecycle.machines.rewrite import Rewrite
from lifecycle.queries.views.rehearsal import ResettledView
from lifecycle.records.engine import reading, writing
from lifecycle.records.mapping import load_many
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.timers.notify import notify


@dataclass(frozen=True, slots=True)
class ResettledPart:
    """The result for some contracts. last: the id after which the next part begins, None for the end. items: the
    changed ones. waiting: those left unchanged, because entries would lose their effect.
    """

    examined: int
    items: tuple[ResettledView, ...]
    waiting: tuple[str, ...]
    last: str | None


def resettle_part(
    conn: Connection,
    after: str,
    limit: int,
    context: CommandContext,
    *,
    accept_all: bool = False,
    editions: Editions = EDITIONS,
    service: str | None = None,
) -> ResettledPart:
    """Resettle a number of contracts after an id, in the caller's transaction. accept_all: also if entries lose
    their effect that the context does not accept. service: of its contracts, None for all. Raises Held.
    """
    examined, last, differing = differing_following(conn, after, limit, context, editions, service)
    items: list[ResettledView] = []
    waiting: list[str] = []
    for contract_id in differing:
        one = _resettle(conn, contract_id, context, editions, accept_all)
        if one is not None:
            items.append(one)
            waiting += [contract_id] if not one["applied"] else []
    return ResettledPart(examined, tuple(items), tuple(waiting), last)


def differing_following(
    conn: Connection,
    after: str,
    limit: int,
    context: CommandContext,
    editions: Editions = EDITIONS,
    service: str | None = None,
) -> tuple[int, str | None, list[str]]:
    """Return how many contracts follow an id, the last of them, and those that differ from their fold.

    Reads only. The last is None at the end.
    """
    adopt_announcements(conn)
    found = dict(rows_of_following(conn, after, limit, service))
    stored = load_many(conn, list(found))
    differing = [
        contract_id
        for contract_id, rows in found.items()
        if _difference(conn, stored[contract_id], rows, context, editions) is not None
    ]
    return len(found), max(found) if len(found) == limit else None, differing


def _difference(
    conn: Connection, stored: Dossier, rows: list[Row], context: CommandContext, editions: Editions
) -> Rewrite | None:
    ordered = recorded_order(rows)
    change = resettling(stored, context.actor, context.now, context.reason or "", context.approver)

    def before() -> Editions:
        return editions_known(conn, datetime.fromisoformat(ordered[-1]["recorded_at"]))

    return resettle(stored, ordered, change, before, editions, judged_from=judged_from(conn))


def _resettle(
    conn: Connection, contract_id: str, context: CommandContext, editions: Editions, accept_all: bool
) -> ResettledView | None:
    """Resettle one contract, with its row locked and read again. None if another process has done it meanwhile."""
    book = book_of(conn, contract_id, editions)
    found = _difference(conn, book.dossier, list(book.rows()), context, editions)
    if found is None:
        return None
    applied = accept_all or all(one.entry.id in context.accept_invalidated for one in found.invalid)
    view: ResettledView = {
        "contract_id": contract_id,
        "reference": book.dossier.contract.reference,
        "applied": applied,
        "changes": changes_of(conn, found, context.now),
    }
    if applied:
        reached(conn, record(conn, book, Entered(found.after, found.entries, found), context), context)
    return view


class _Undone(Exception):
    """Raised by a dry run to roll back."""


def resettle_following(
    engine: Engine,
    after: str,
    limit: int,
    context: CommandContext,
    *,
    accept_all: bool = False,
    dry_run: bool = False,
    service: str | None = None,
) -> ResettledPart:
    """Resettle the next contracts in a separate transaction, which writes only if something differs.

    Raises Held.
    """
    with reading(engine) as conn:
        examined, last, differing = differing_following(conn, after, limit, context, service=service)
    part = ResettledPart(examined, (), (), last)
    if not differing:
        return part
    with suppress(_Undone), writing(engine) as conn:
        part = resettle_part(conn, after, limit, context, accept_all=accept_all, service=service)
        if dry_run:
            raise _Undone
        notify(conn)
    return part
