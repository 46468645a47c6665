"""The answers to auditors' questions."""

from typing import Annotated, Any, NotRequired

from typing_extensions import TypedDict

from lifecycle.people.reads import FoundRead
from lifecycle.queries.views.closed_sets import (
    DecidedBy,
    EndingKind,
    EndingState,
    Event,
    ReadingNumber,
    TimedEvent,
)
from lifecycle.queries.views.common import RulingView
from lifecycle.queries.views.fields import (
    Actor,
    ContractId,
    Day,
    Instant,
    NextPage,
    Reason,
    Reference,
    RowId,
    about,
    view,
)
from lifecycle.queries.views.history import HistoryItem
from lifecycle.terms.calendar import instant

Value = str | int | bool | None


class Why(TypedDict):
    """The reasons of an end."""

    subject_id: Annotated[ContractId, about("The contract or option.")]
    kind: Annotated[EndingKind, about("Whether it is a contract or an option.")]
    reference: Annotated[Reference, about("The reference of its application.")]
    state: Annotated[EndingState, about("The state.")]
    ended_on: Annotated[Day | None, about("The last day of service, once it is over.")]
    ends_at: Annotated[Instant | None, about("The first instant without service; null if no end is on record.")]
    decided_by: Annotated[DecidedBy | None, about("The ground that decides the day; null if no end is on record.")]
    rulings: Annotated[list[RulingView], about("The rulings from which the day follows.")]
    causes: Annotated[list[HistoryItem], about("The causes, from the last row back to the act of a person.")]
    decisions: Annotated[
        list[HistoryItem],
        about("The acts that decided or moved the day, oldest first, including revoked ones."),
    ]


class Difference(TypedDict):
    """A field that differs."""

    field: Annotated[str, about("The field, as a JSON pointer into `believed`.", "/contract/terminated_on")]
    believed: Annotated[Any, about("Its value at the first moment; null for none.", "2022-07-10")]
    against: Annotated[Any, about("Its value at the second moment; null for none.", "2022-07-31")]


class BelievedRow(HistoryItem):
    """A row that made a difference."""

    late_by_days: Annotated[int, about("Civil days from the day of the event to the day of recording.", 12)]
    late: Annotated[bool, about("Whether it was recorded after the day of the event.", True)]
    corrects: Annotated[bool, about("Whether it corrects an earlier entry.", False)]


class Believed(TypedDict):
    """What was on record at one moment; with a second moment, the differences and their rows."""

    effective_at: Annotated[Instant, about("The moment asked about, in legal time.")]
    known_at: Annotated[Instant, about("Only rows recorded up to this moment count.")]
    against_known_at: NotRequired[Annotated[Instant | None, about("The second moment to compare with.")]]
    believed: Annotated[
        dict[str, Any] | None,
        about("The contract with its parts, without personal data; null if nothing was on record.", {}),
    ]
    against: NotRequired[
        Annotated[dict[str, Any] | None, about("The same, by the record at the second moment.", {})]
    ]
    differences: NotRequired[Annotated[list[Difference] | None, about("The fields that differ.")]]
    rows: NotRequired[Annotated[list[BelievedRow] | None, about("The rows recorded between the two moments.")]]


class AuditRow(TypedDict):
    """A row of the history that answers a question."""

    id: Annotated[RowId, about("The row's id.")]
    contract_id: Annotated[ContractId, about("The contract.")]
    subject_id: Annotated[ContractId, about("The subject: the contract, an option and so on.")]
    effective_at: Annotated[Instant, about("The legal instant of the event.")]
    recorded_at: Annotated[Instant, about("The instant at which it was recorded.")]


class LateEntry(AuditRow):
    """A notice that was entered late (R7)."""

    arrived_on: Annotated[Day, about("The day on which the notice arrived.")]
    keyed_on: Annotated[Day, about("The day on which it was entered.")]
    days: Annotated[int, about("Civil days from arrival to entry.", 12)]
    actor: Annotated[Actor, about("Who entered it.")]
    reason: Annotated[Reason | None, about("The reason given; null for none.")]


class LateEntries(TypedDict):
    """A page of late entries."""

    items: Annotated[list[LateEntry], about("The notices, in the order of recording.")]
    next: NextPage


class PersonalRead(TypedDict):
    """Somebody who looked at or exported personal data; ids alone."""

    at: Annotated[Instant, about("When, in real time, also in a sandbox.")]
    actor: Annotated[Actor, about("Who looked.")]
    operation: Annotated[str, about("The operation by its id in this document, or a page.", "contracts-get")]
    contracts: Annotated[list[ContractId], about("The contracts whose people, notes or files were read.")]
    export: Annotated[
        dict[str, str] | None,
        about("The filter of an export of the history, empty for all of it; null for other reads.", None),
    ]
    rows: Annotated[int | None, about("The number of rows exported; null for other reads.", None)]


class PersonalReads(TypedDict):
    """A page of reads."""

    items: Annotated[list[PersonalRead], about("The reads, the newest first.")]
    next: NextPage


class LateFiring(AuditRow):
    """A transition that fired late (R16)."""

    event: Annotated[TimedEvent, about("The event.")]
    due_at: Annotated[Instant, about("When it was due.")]
    late_by_s: Annotated[float, about("Seconds from the due instant to the recording.", 93.5)]
    caused_by: Annotated[RowId | None, about("The row of the human event behind it, by its id; null for none.")]
    known_at: Annotated[Instant, about("When the fact behind it was recorded: the clock could not act before.")]
    clock_late_by_s: Annotated[
        float, about("Seconds from the later of due_at and known_at to the recording.", 0.4)
    ]


class LateFirings(TypedDict):
    """A page of late firings."""

    items: Annotated[list[LateFiring], about("The transitions, in the order of recording.")]
    next: NextPage


class Decision(AuditRow):
    """A decision, with the rulings that match the question."""

    event: Annotated[Event, about("The event.")]
    actor: Annotated[Actor, about("Who decided; `clock` for the service itself.")]
    rulings: Annotated[list[RulingView], about("The rulings that match the question.")]


class OfReading(TypedDict):
    """The number of decisions that are based on a reading."""

    reading: Annotated[ReadingNumber, about("The reading.")]
    title: Annotated[str, about("Its title.", "Minimum term and notice")]
    basis: Annotated[str, about("Its basis: text, code (Civil Code) or choice.", "choice")]
    rows: Annotated[int, about("The number of decisions that are based on it.", 17)]


class RestsOn(TypedDict):
    """A page of decisions."""

    counts: Annotated[
        list[OfReading] | None, about("Counts of all decisions by reading, on the first page; otherwise null.")
    ]
    items: Annotated[list[Decision], about("The decisions, in the order of recording.")]
    next: NextPage


@view
class ChangedView(TypedDict):
    """A value that would differ: a day, a state, an amount."""

    subject_id: Annotated[ContractId, about("The subject of the field: the contract, an option and so on.")]
    field: Annotated[str, about("The field, or charges/ and a kind of charge.", "effective_on")]
    then: Annotated[Value, about("The value on record.", "2022-07-10")]
    otherwise: Annotated[Value, about("The value under the other setting.", "2022-07-31")]


class Affected(TypedDict):
    """A contract that would change."""

    contract_id: Annotated[ContractId, about("Its id.")]
    reference: Annotated[Reference, about("The reference of its application.")]
    differences: Annotated[list[ChangedView], about("The differences.")]
    refused: Annotated[list[RowId], about("The recorded rows that the other settings would refuse.")]


class Otherwise(TypedDict):
    """A page of contracts that would change under other settings."""

    settings: Annotated[dict[str, Value], about("The other settings.", {"within_minimum_term": "residual_fee"})]
    looked_through: Annotated[int, about("The number of contracts checked for this page.", 2000)]
    items: Annotated[list[Affected], about("The contracts that would change, in the order of id.")]
    next: NextPage


def personal_read_view(row: FoundRead) -> PersonalRead:
    """A row of the reads on record."""
    return {
        "at": instant(row.at),
        "actor": row.actor,
        "operation": row.operation,
        "contracts": row.contract_ids.split(),
        "export": None if row.asked is None else {**row.asked},
        "rows": None if row.asked is None else row.number,
    }
