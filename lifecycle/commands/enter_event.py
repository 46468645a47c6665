"""The single code path of an event: lock, facts, rules, machine, then rows and history in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from lifecycle.commands.application import Duplicate
from lifecycle.commands.book import book_around, locked
from lifecycle.commands.command import CommandContext, RecordedSince, expect
from lifecycle.commands.people import PeopleChange, people_change, record_people
from lifecycle.commands.together import CannotWait
from lifecycle.errors import DomainError
from lifecycle.history.store import store_step
from lifecycle.machines.dossier import Contract, Dossier, Option, row_id
from lifecycle.machines.enter import Book, Entered, InvalidatedEntries, catch_up, enter
from lifecycle.machines.entity import Entity
from lifecycle.machines.entries import HumanEntry
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import ItemChange
from lifecycle.machines.people import People
from lifecycle.machines.rewrite import Rewrite
from lifecycle.machines.step import CLOCK
from lifecycle.machines.table import NotPossible, event_of
from lifecycle.queries.changes import changes_view
from lifecycle.queries.issued import NOTHING_SENT, sent_to
from lifecycle.queries.views.changes import Changes
from lifecycle.records.mapping import owner_of
from lifecycle.records.references import bearers
from lifecycle.terms.editions import EDITIONS, Editions
from lifecycle.timers.fuse import refuse_held

NEWEST = 2**62  # the number of an entry that is being made: after all that are recorded


class Executed(NamedTuple):
    """The dossiers before and after; how the history was rewritten, None if one step was enough. lapsed: the ids
    of lapsed proposals. renamed: the customer's name has changed.
    """

    before: Dossier
    dossier: Dossier
    rewritten: Rewrite | None = None
    lapsed: tuple[str, ...] = ()
    renamed: bool = False

    @classmethod
    def nothing(cls, dossier: Dossier) -> "Executed":
        """Nothing was done, because the result exists already."""
        return cls(dossier, dossier)


def execute_event(
    conn: Connection,
    subject_id: str,
    event: str,
    facts: Facts,
    context: CommandContext,
    effective_at: datetime | None = None,
    editions: Editions = EDITIONS,
    people: People | None = None,
) -> Dossier:
    """Execute one event on a contract or a part of it, in the caller's transaction. effective_at: its legal
    instant, by default the instant of recording. people: the entry's changes to the contract's people. Raises
    Unknown, Stale, NotPossible, Refused, InvalidatedEntries, Held, ConcurrentChange; the caller rolls back.
    """
    return execute_entry(conn, subject_id, event, facts, context, effective_at, editions, people).dossier


def execute_entry(
    conn: Connection,
    subject_id: str,
    event: str,
    facts: Facts,
    context: CommandContext,
    effective_at: datetime | None = None,
    editions: Editions = EDITIONS,
    people: People | None = None,
) -> Executed:
    """As `execute_event`, with the changes of a late entry."""
    book = book_around(conn, locked(conn, contract_id_of(conn, subject_id), context), editions)
    subject = book.dossier.subject(subject_id)
    expect_version(book.dossier, subject_id, context)
    entry = entry_of(subject, event, facts, context, effective_at or context.now)
    try:
        with refuse_invalidated(conn, context):
            found = enter(book, entry, context.approver, context.accept_invalidated)
    except NotPossible:
        refuse_held(conn, catch_up(book.dossier, context.now, editions)[1])
        raise
    changes = [people_change(own_row(found, entry), event, people)] if people is not None else []
    return record(conn, book, found, context, changes)


def open_subject(
    conn: Connection, subject: Entity, event: str, facts: Facts, context: CommandContext, effective_at: datetime
) -> Executed:
    """Enter the first row of a part of a contract, in the caller's transaction. Raises as `execute_event`."""
    book = book_around(conn, locked(conn, subject.owner, context))
    entry = entry_of(subject, event, facts, context, effective_at, opens=True)
    with refuse_invalidated(conn, context):
        found = enter(book, entry, context.approver, context.accept_invalidated)
    return record(conn, book, found, context)


class WouldInvalidate(DomainError):
    """Entries would lose their effect, and the command does not accept that (R37)."""

    kind, title = "would-invalidate", "Other entries would no longer hold"

    def __init__(self, changes: Changes) -> None:
        super().__init__(
            f"{len(changes['invalidated'])} entries would no longer hold; accept_invalidated accepts it."
        )
        self.changes = changes

    @property
    def extras(self) -> Mapping[str, Any]:
        """All changes."""
        return {"changes": self.changes}


@contextmanager
def refuse_invalidated(conn: Connection, context: CommandContext) -> Iterator[None]:
    """Raise WouldInvalidate, with all changes, for entries that would lose their effect."""
    try:
        yield
    except InvalidatedEntries as error:
        raise WouldInvalidate(changes_of(conn, error.found, context.now)) from None


def changes_of(
    conn: Connection, found: Rewrite, now: datetime, proposals: Sequence[str] = (), *, renamed: bool = False
) -> Changes:
    """Return the changes of a rewrite up to today, with sent months marked. proposals, renamed: as in Executed."""
    contract_id = found.after.contract.id
    sent = sent_to(conn, [contract_id]).get(contract_id, NOTHING_SENT)
    return changes_view(found, now, sent, proposals, renamed=renamed)


def record(
    conn: Connection,
    book: Book,
    found: Entered,
    context: CommandContext,
    people: Sequence[PeopleChange] = (),
) -> Executed:
    """Store the outcome, or keep it to be stored with others. people: the changes to the contract's people.

    Raises Duplicate if a reference moves to a taken one, Held if the fuse holds ends and more of them fire than
    are superseded, and RecordedSince.
    """
    refuse_recorded_since(book, found, context)
    if ends := [e for e in found.entries if e.act.actor == CLOCK]:
        gone = found.rewritten.superseded if found.rewritten is not None else ()
        if sum(e.event == "terminate" for e in ends) > sum(row["event"] == "terminate" for row in gone):
            refuse_held(conn, ends)
    _refuse_taken(conn, book.dossier, found.dossier)
    if context.together is not None:
        if people:
            raise CannotWait
        return Executed(book.dossier, context.together.keep(book.dossier, found))
    commitments = {change.version.entry_id: change.commitment for change in people}
    dossier = store_step(conn, book.dossier, found.dossier, found.entries, commitments)
    moved = people or found.rewritten is not None
    renamed = bool(moved) and record_people(conn, dossier.contract.id, people, found.rewritten)
    return Executed(book.dossier, dossier, found.rewritten, renamed=renamed)


def refuse_recorded_since(book: Book, found: Entered, context: CommandContext) -> None:
    """Raise RecordedSince if the command can be retried and a row was recorded after it."""
    if found.rewritten is None or not context.looks_again:
        return
    newest = max(datetime.fromisoformat(row["recorded_at"]) for row in book.rows())
    if newest > context.now:
        raise RecordedSince(newest)


def _refuse_taken(conn: Connection, before: Dossier, after: Dossier) -> None:
    was = {one.id: one.reference for one in _with_references(before)}
    for one in _with_references(after):
        if was.get(one.id, one.reference) != one.reference:
            found = bearers(conn, one.KIND, [one.reference]).get(one.reference, [])
            if others := [other for other in found if other != one.id]:
                raise Duplicate(one.KIND, one.reference, others[0])


def _with_references(dossier: Dossier) -> Sequence[Contract | Option | ItemChange]:
    return (dossier.contract, *dossier.options, *dossier.item_changes)


def own_row(found: Entered, entry: HumanEntry) -> str:
    """Return the id of the row that records a person's entry."""
    return next(
        e.row_id
        for e in found.entries
        if e.subject.id == entry.subject_id and e.event == entry.event.name and e.act.actor != CLOCK
    )


def entry_of(
    subject: Any, event: str, facts: Facts, context: CommandContext, at: datetime, opens: bool = False
) -> HumanEntry:
    """Build the entry that a person makes now. opens: whether it is the subject's first."""
    return HumanEntry(
        id=row_id(subject.id, subject.seq + 1),
        subject_id=subject.id,
        kind=subject.KIND,
        event=event_of(subject.KIND, event),
        facts=facts,
        at=at,
        recorded_at=context.now,
        number=NEWEST,
        actor=context.actor,
        reason=context.reason,
        opens=opens,
    )


def expect_version(dossier: Dossier, subject_id: str, context: CommandContext) -> None:
    """Raise Stale if the subject is not at an expected version; a contract is compared with its parts."""
    if context.expected:
        parts = dossier.parts_version if subject_id == dossier.contract.id else 0
        expect(context, dossier.subject(subject_id).version, parts)


def contract_id_of(conn: Connection, subject_id: str) -> str:
    """Return the contract whose dossier contains the subject. Raises Unknown."""
    return owner_of(conn, subject_id)
