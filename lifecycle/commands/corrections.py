"""Corrections and annulments of entries, and several entries at once (R35 to R37)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from lifecycle.commands.billed_elsewhere import move_billed_elsewhere
from lifecycle.commands.book import book_of
from lifecycle.commands.command import CommandContext
from lifecycle.commands.corrected_facts import NOTHING_DIFFERS, corrected_facts
from lifecycle.commands.corrected_people import corrected_people, differing, facts_from_people, persons_in
from lifecycle.commands.enter_event import (
    NEWEST,
    Executed,
    expect_version,
    record,
    refuse_invalidated,
)
from lifecycle.commands.outages_reached import reached
from lifecycle.commands.people import PeopleChange, people_change, said_by
from lifecycle.errors import DomainError, Malformed, Unknown
from lifecycle.machines.dossier import row_id
from lifecycle.machines.enter import Book, change_history
from lifecycle.machines.entries import CLOCK, REWRITES, HumanEntry, corrected, entries_of, entry_of_row, follows
from lifecycle.machines.names_of_services import refuse_item_of_another_service, refuse_meters_of_another_service
from lifecycle.machines.parts import METER_FIELDS
from lifecycle.machines.people import People
from lifecycle.machines.rewrite import Change, Head
from lifecycle.machines.stateless_rows import ASSIGN, ISSUE, MARK, SETTLE, STATELESS
from lifecycle.terms.calendar import instant


class NotCorrectable(DomainError):
    """The row cannot be corrected or annulled; the detail says what to do instead."""

    kind, title = "not-correctable", "This row cannot be put right"


def correct(
    conn: Connection, contract_id: str, entry_id: str, given: Mapping[str, Any], context: CommandContext
) -> Executed:
    """Replace facts of an entry, from its legal instant on (R35). given: only what differs, named as in the
    event's body. Raises Unknown for a row that the contract does not have, NotCorrectable, Malformed, and as
    `execute_event`.
    """
    book = book_of(conn, contract_id)
    expect_version(book.dossier, contract_id, context)
    entry = standing_entry(book, entry_id)
    if entry.event.name == SETTLE:
        raise NotCorrectable("A settlement is not corrected: annul it, and record it again.")
    if entry.event.name in STATELESS:
        raise NotCorrectable("It stands as it was written: write another one, or annul this one.")
    own = {name: given[name] for name in persons_in(entry) if name in given}
    plain = {name: value for name, value in given.items() if name not in own}
    facts, at = corrected_facts(entry, plain, context.now) if plain or not own else ({}, None)
    refuse_item_of_another_service(facts.get("item"), book.dossier.service, "/facts/item")
    meters = (*(METER_FIELDS & facts.keys()), *(facts.get("meters") or ()))
    refuse_meters_of_another_service(meters, book.dossier.service, "/facts")
    _named_notice(book, entry, facts)
    stored: dict[str, Any] = {"entry": entry_id, "facts": facts}
    if at is not None:
        stored["at"] = instant(at)
    people = _people(conn, book, entry, own, stored) if own else []
    becomes = corrected(entry, facts, at)
    if becomes == entry and not stored.get("people"):
        raise Malformed([("/facts", NOTHING_DIFFERS)])
    if people:
        becomes = becomes._replace(people=people[0].version.entry_id)
    head = Head(
        subject_id=entry.subject_id, event="correct_entry", facts=stored, at=min(becomes.at, context.now),
        reason=context.reason, entry=entry_id,
    )  # fmt: skip
    done = _rewritten(
        conn, book, (head,), lambda entries: [becomes if e.id == entry_id else e for e in entries], context, people
    )
    if "billed_until" in facts:
        assert done.rewritten is not None
        marked = move_billed_elsewhere(conn, done.dossier, done.rewritten.entries[0].row_id, context)
        done = done._replace(dossier=marked)
    return done


def _named_notice(book: Book, entry: HumanEntry, facts: Mapping[str, Any]) -> None:
    """Raise Unknown if a corrected revocation names a notice that its contract or option does not have."""
    notice, subject = facts.get("notice"), book.dossier.subject(entry.subject_id)
    if notice is not None and all(known.id != notice for known in subject.notices):
        raise Unknown("notice", notice)


def _people(
    conn: Connection, book: Book, entry: HumanEntry, given: Mapping[str, Any], stored: dict[str, Any]
) -> list[PeopleChange]:
    """Return the corrected people. stored: the row's facts, with the names of the differing fields only."""
    if book.dossier.erasures:
        raise NotCorrectable("The personal data was erased, and stays so.")
    contract_id = book.dossier.contract.id
    was = said_by(conn, contract_id, entry)
    now = corrected_people(entry, given, was)
    stored["facts"] |= facts_from_people(entry, now)
    stored["people"] = differing(was, now)
    row = row_id(entry.subject_id, book.dossier.subject(entry.subject_id).seq + 1)
    return [people_change(row, "correct_entry", now)]


def annul(
    conn: Connection,
    contract_id: str,
    entry_ids: Sequence[str],
    ground: str,
    context: CommandContext,
    avoided: Mapping[str, Any] | None = None,
) -> Executed:
    """Annul entries of something that never happened, or of a declaration by mistake (R36; Art.

    95). avoided: who avoided the declaration and when, for the ground `mistake`. Raises as `correct`.
    """
    book = book_of(conn, contract_id)
    expect_version(book.dossier, contract_id, context)
    entries = [standing_entry(book, entry_id) for entry_id in dict.fromkeys(entry_ids)]
    if any(entry.opens and entry.kind == "contract" for entry in entries):
        raise NotCorrectable("The application opened the contract: reject or withdraw it instead.")
    heads = []
    for subject_id in dict.fromkeys(entry.subject_id for entry in entries):
        mine = [entry for entry in entries if entry.subject_id == subject_id]
        facts = {"entries": [entry.id for entry in mine], "ground": ground, **(avoided or {})}
        seqs = tuple(int(entry.id.rpartition(".")[2]) for entry in mine)
        at = min(entry.at for entry in mine)
        heads.append(
            Head(
                subject_id=subject_id, event="annul_entry", facts=facts, at=at, reason=context.reason,
                takes_out=seqs,
            )
        )  # fmt: skip
    gone = {entry.id for entry in entries}
    return _rewritten(conn, book, tuple(heads), lambda found: [e for e in found if e.id not in gone], context)


def enter_together(
    conn: Connection,
    contract_id: str,
    made: Sequence[HumanEntry],
    context: CommandContext,
    people: Sequence[People | None] = (),
) -> Executed:
    """Enter several dependent entries in one transaction. made: numbered by their subjects' next rows. people: the
    changes of each to the contract's people.
    """
    book = book_of(conn, contract_id)
    expect_version(book.dossier, contract_id, context)
    heads = tuple(
        Head(
            subject_id=entry.subject_id, event=entry.event.name, facts=entry.facts.to_json(), at=entry.at,
            reason=entry.reason, entry=entry.id,
        )
        for entry in made
    )  # fmt: skip
    changes = [
        people_change(entry.id, entry.event.name, data)
        for entry, data in zip(made, people, strict=False)
        if data is not None
    ]
    return _rewritten(conn, book, heads, lambda found: [*found, *made], context, changes)


def numbered(book: Book, made: Sequence[HumanEntry]) -> list[HumanEntry]:
    """Return the entries with the ids of the rows that will record them."""
    seqs: dict[str, int] = {}
    found = []
    for place, entry in enumerate(made):
        seq = seqs.get(entry.subject_id, book.dossier.subject(entry.subject_id).seq) + 1
        seqs[entry.subject_id] = seq
        found.append(entry._replace(id=row_id(entry.subject_id, seq), number=NEWEST + place))
    return found


def _rewritten(
    conn: Connection,
    book: Book,
    heads: tuple[Head, ...],
    changed: Any,
    context: CommandContext,
    people: Sequence[PeopleChange] = (),
) -> Executed:
    change = Change(heads=heads, actor=context.actor, now=context.now, approver=context.approver)
    with refuse_invalidated(conn, context):
        found = change_history(book, change, changed, context.accept_invalidated)
    return reached(conn, record(conn, book, found, context, people), context)


def standing_entry(book: Book, entry_id: str) -> HumanEntry:
    """Return a valid entry of the contract, with corrections. Raises Unknown, NotCorrectable."""
    rows = book.rows()
    row = next((r for r in rows if row_id(r["subject"], r["seq"]) == entry_id), None)
    if row is None:
        raise Unknown("entry", entry_id)
    if row["event"] in REWRITES:
        raise NotCorrectable("A correction is not corrected itself: correct the entry once more.")
    if row["actor"] == CLOCK or follows(row, {r["subject"] for r in rows}):
        raise NotCorrectable("The clock recorded this row: correct the entry that caused it.")
    if row["kind"] == "credit" and row["caused_by"] is not None:
        raise NotCorrectable("The row followed from an outage: correct the outage.")
    if row["event"] == ASSIGN:
        raise NotCorrectable("An assignment stands until the next one: assign the contract anew.")
    if row["event"] == ISSUE:
        raise NotCorrectable("A statement stands as it was sent: put right what it is about.")
    if row["event"] == MARK:
        raise NotCorrectable(
            "The mark stands: of a contract that was taken over, correct the billed_until of its application."
        )
    if row["event"] in STATELESS:
        gone = any(entry_id in other["facts"]["entries"] for other in rows if other["event"] == "annul_entry")
        found = None if gone else entry_of_row(row)
    else:
        found = next((entry for entry in entries_of(rows) if entry.id == entry_id), None)
    if found is None:
        raise NotCorrectable("The entry was annulled: enter it again.")
    return found
