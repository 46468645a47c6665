"""Rows of a contract's history that no fold reads: notes, files, assignments (R43), issued statements and settled
refunds (R40), archiving. Pure.

They change no state, no day and no amount, and are possible in every state.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import AnyEvent, Event
from lifecycle.machines.facts import Facts, NoFacts, absent
from lifecycle.machines.step import Act, Entry
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import EDITIONS

NOTE, ATTACH, ASSIGN = "note", "attach", "assign"
ISSUE, SETTLE, MARK = "issue_statement", "settle_refund", "mark_billed_elsewhere"
ARCHIVE = "archive_history"
WRITTEN = (NOTE, ATTACH)  # their rows remain when a history is archived, because notes and files are found by them


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentFacts(Facts):
    """The facts of a file, without its name and content. entry: the row that it documents."""

    media_type: str
    size_bytes: int
    sha256: str
    entry: str | None = absent()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentFacts(Facts):
    """to: the person responsible, None for nobody."""

    to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedFacts(Facts):
    """A month's issued statement. sha256: of its lines as canonical JSON."""

    month: str
    total_yen: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledFacts(Facts):
    """A settled refund or payment. amount_yen: negative for a refund.

    sha256: of the text about the settlement, which a person wrote.
    """

    refund: str
    month: str
    kind: str
    subject: str
    amount_yen: int
    settled_on: date
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedFacts(Facts):
    """The last month that was billed elsewhere, None for no month. sha256: of the amounts of the months up to
    it.
    """

    until: str | None
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFacts(Facts):
    """The rows before this one were moved to a file. rows: their number.

    sha256: of the file. subjects: the newest row of each chain at that time: subject, kind, state, seq and hash.
    """

    file: str
    sha256: str
    rows: int
    subjects: tuple[dict[str, Any], ...]


# The text of a note is personal data, so its row has no facts.
STATELESS_EVENTS: Mapping[str, AnyEvent] = {
    NOTE: Event(name=NOTE, facts=NoFacts, beside=True, timeless=True),
    ATTACH: Event(name=ATTACH, facts=AttachmentFacts, beside=True, timeless=True),
    ASSIGN: Event(name=ASSIGN, facts=AssignmentFacts, beside=True, timeless=True),
    ISSUE: Event(name=ISSUE, facts=IssuedFacts, beside=True, timeless=True),
    SETTLE: Event(name=SETTLE, facts=SettledFacts, beside=True, timeless=True),
    MARK: Event(name=MARK, facts=MarkedFacts, beside=True, timeless=True),
    ARCHIVE: Event(name=ARCHIVE, facts=ArchivedFacts, beside=True, timeless=True),
}
STATELESS = frozenset(STATELESS_EVENTS)


def stateless_row(dossier: Dossier, act: Act) -> tuple[Dossier, Entry]:
    """Return the dossier with one more row in the contract's chain, and the row. Due timers are not checked.

    The version does not change, so that proposals for the contract remain valid.
    """
    was = dossier.contract
    contract = was.replace(seq=was.seq + 1)
    if isinstance(act.facts, AssignmentFacts):
        contract = contract.replace(assigned_to=act.facts.to)
    terms = EDITIONS.governing(dossier.contract).no_earlier(tokyo_day(act.now))
    entry = Entry(contract, act.event, was.state, was.state, act, None, act.facts.to_json(), (), (), terms)
    return dossier._replace(contract=contract), entry


def assigned_to(rows: Iterable[Mapping[str, Any]], at: datetime) -> str | None:
    """Return who was responsible for a contract at an instant. rows: payloads, in the order of recording."""
    found: str | None = None
    for row in rows:
        if row["event"] == ASSIGN and datetime.fromisoformat(row["effective_at"]) <= at:
            found = row["facts"]["to"]
    return found
