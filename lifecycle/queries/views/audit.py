"""The answers to auditors' questions."""

from typing import Annotated, Any, NotRequired

from typing_extensions import TypedDict

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

Value = str | int | bool | None


class Why(TypedDict):
    """Why something ended on its day, or will."""

    subject_id: Annotated[ContractId, about("The contract or option.")]
    kind: Annotated[EndingKind, about("Which of them.")]
    reference: Annotated[Reference, about("The reference of its application.")]
    state: Annotated[EndingState, about("Its state.")]
    ended_on: Annotated[Day | None, about("The last day of service, once it is over.")]
    ends_at: Annotated[Instant | None, about("The first instant without service; null where no end is on record.")]
    decided_by: Annotated[DecidedBy | None, about("What decides the day; null where no end is on record.")]
    rulings: Annotated[list[RulingView], about("The rulings from which the day follows.")]
    causes: Annotated[list[HistoryItem], about("From the last row back to what a person did.")]
    decisions: Annotated[
        list[HistoryItem],
        about("What people did that decided or moved the day, oldest first, if taken back too."),
    ]


class Difference(TypedDict):
    """A field that differs."""

    field: Annotated[str, about("The field, as a JSON pointer into `believed`.", "/contract/terminated_on")]
    believed: Annotated[Any, about("Its value at the first moment; null where there is none.", "2022-07-10")]
    against: Annotated[Any, about("Its value at the second moment; null where there is none.", "2022-07-31")]


class BelievedRow(HistoryItem):
    """A row that made a difference."""

    late_by_days: Annotated[int, about("Civil days from the day for which it holds to the day of recording.", 12)]
    late: Annotated[bool, about("Whether it was recorded after the day for which it holds.", True)]
    corrects: Annotated[bool, about("Whether it corrects what was entered before.", False)]


class Believed(TypedDict):
    """What was believed, and with a second moment of knowing what differs and why."""

    effective_at: Annotated[Instant, about("The moment that the belief is about.")]
    known_at: Annotated[Instant, about("The moment of knowing.")]
    against_known_at: NotRequired[Annotated[Instant | None, about("The second moment of knowing.")]]
    believed: Annotated[
        dict[str, Any] | None,
        about("The contract with its parts, without personal data; null where nothing was on record.", {}),
    ]
    against: NotRequired[
        Annotated[dict[str, Any] | None, about("The same by what was on record at the second moment.", {})]
    ]
    differences: NotRequired[Annotated[list[Difference] | None, about("The fields that differ.")]]
    rows: NotRequired[
        Annotated[list[BelievedRow] | None, about("The rows recorded between the two moments of knowing.")]
    ]


class AuditRow(TypedDict):
    """A row of the history that answers a question."""

    id: Annotated[RowId, about("The row's id.")]
    contract_id: Annotated[ContractId, about("The contract.")]
    subject_id: Annotated[ContractId, about("What it happened to: the contract, an option and so on.")]
    effective_at: Annotated[Instant, about("The instant from which it holds, in legal time.")]
    recorded_at: Annotated[Instant, about("The instant at which it was recorded.")]


class LateEntry(AuditRow):
    """A notice keyed late (R7)."""

    arrived_on: Annotated[Day, about("The day on which the notice arrived.")]
    keyed_on: Annotated[Day, about("The day on which it was entered.")]
    days: Annotated[int, about("Civil days from the one to the other.", 12)]
    actor: Annotated[Actor, about("Who entered it.")]
    reason: Annotated[Reason | None, about("The reason given; null for none.")]


class LateEntries(TypedDict):
    """A page of late entries."""

    items: Annotated[list[LateEntry], about("The notices, in the order of recording.")]
    next: NextPage


class LateFiring(AuditRow):
    """A transition fired late (R16)."""

    event: Annotated[TimedEvent, about("What happened.")]
    due_at: Annotated[Instant, about("When it was due.")]
    late_by_s: Annotated[float, about("Seconds from then to the recording.", 93.5)]
    caused_by: Annotated[RowId | None, about("The row of the human event behind it, by its id; null for none.")]
    known_at: Annotated[Instant, about("When that row was recorded: the clock could not act before.")]
    clock_late_by_s: Annotated[
        float, about("Seconds from the later of due_at and known_at to the recording.", 0.4)
    ]


class LateFirings(TypedDict):
    """A page of late firings."""

    items: Annotated[list[LateFiring], about("The transitions, in the order of recording.")]
    next: NextPage


class Decision(AuditRow):
    """A decision with those of its rulings that the question is about."""

    event: Annotated[Event, about("What was decided.")]
    actor: Annotated[Actor, about("Who decided; `clock` for the service itself.")]
    rulings: Annotated[list[RulingView], about("The rulings that the question is about.")]


class OfReading(TypedDict):
    """How many decisions rest on a reading."""

    reading: Annotated[ReadingNumber, about("The reading.")]
    title: Annotated[str, about("Its title.", "Minimum term and notice")]
    basis: Annotated[str, about("Its basis: text, code (Civil Code) or choice.", "choice")]
    rows: Annotated[int, about("How many decisions rest on it.", 17)]


class RestsOn(TypedDict):
    """A page of decisions."""

    counts: Annotated[list[OfReading] | None, about("All decisions by reading, on the first page; else null.")]
    items: Annotated[list[Decision], about("The decisions, in the order of recording.")]
    next: NextPage


@view
class ChangedView(TypedDict):
    """What would differ: a day, a state, an amount."""

    subject_id: Annotated[ContractId, about("Whose field it is: the contract's, an option's and so on.")]
    field: Annotated[str, about("The field, or charges/ and a kind of charge.", "effective_on")]
    then: Annotated[Value, about("As on record.", "2022-07-10")]
    otherwise: Annotated[Value, about("Under the other settings.", "2022-07-31")]


class Affected(TypedDict):
    """A contract that would be affected."""

    contract_id: Annotated[ContractId, about("Its id.")]
    reference: Annotated[Reference, about("The reference of its application.")]
    differences: Annotated[list[ChangedView], about("What would differ.")]
    refused: Annotated[list[RowId], about("The recorded rows that the other settings would refuse.")]


class Otherwise(TypedDict):
    """A page of the contracts that other settings would affect."""

    settings: Annotated[
        dict[str, Value], about("The settings decided otherwise.", {"within_minimum_term": "residual_fee"})
    ]
    looked_through: Annotated[int, about("How many contracts were ruled again for this page.", 2000)]
    items: Annotated[list[Affected], about("The contracts affected, in the order of id.")]
    next: NextPage
