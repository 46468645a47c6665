"""What a late entry, a correction or an annulment changes: rows, days, yen, documents (R16, R35 to R37)."""

from typing import Annotated

from typing_extensions import TypedDict

from lifecycle.queries.views.closed_sets import ChargeKind, Event
from lifecycle.queries.views.common import RulingView
from lifecycle.queries.views.fields import ContractId, Instant, MonthText, ProposalId, RowId, Yen, about


class SupersededTransition(TypedDict):
    """A superseded row of the history."""

    id: Annotated[RowId, about("The row, by its id.")]
    subject_id: Annotated[ContractId, about("The subject of the transition.")]
    event: Annotated[Event, about("The event.")]
    effective_at: Annotated[Instant, about("The legal instant.")]


class AddedRow(TypedDict):
    """A transition that the clock should have made earlier; it is recorded now with its legal instant."""

    subject_id: Annotated[ContractId, about("The subject of the transition.")]
    event: Annotated[Event, about("The event.")]
    effective_at: Annotated[Instant, about("The legal instant.")]


class ChangedDay(TypedDict):
    """A day or another derived value that differs."""

    subject: Annotated[ContractId, about("The subject: a contract, an option and so on.")]
    field: Annotated[str, about("The name of the field, as in the answers.", "effective_on")]
    before: Annotated[str | int | None, about("The former value.", "2022-07-31")]
    after: Annotated[str | int | None, about("The new value.", "2022-08-31")]


class ChangedMoney(TypedDict):
    """The amount of one kind of charge in a month."""

    month: Annotated[MonthText, about("The month whose statement shows it.")]
    kind: Annotated[ChargeKind, about("The kind of charge.")]
    before_yen: Annotated[Yen, about("The former amount in yen; 0 if nothing was owed.")]
    after_yen: Annotated[Yen, about("The new amount in yen.")]
    issued: Annotated[bool, about("Whether the statement of the month was sent, from here or elsewhere.", False)]


class NotServed(TypedDict):
    """A time in which a contract or an option was in force though it had been ended (R36)."""

    subject_id: Annotated[ContractId, about("The contract or the option.")]
    from_at: Annotated[Instant, about("When the wrong end took effect, or was recorded, if later.")]
    until_at: Annotated[
        Instant | None,
        about("The true end; null if the contract is in force, until the service is provided again."),
    ]


class InvalidatedEntry(TypedDict):
    """An entry that loses its effect until a later change allows it again (R37)."""

    id: Annotated[RowId, about("The entry's row, by its id.")]
    subject_id: Annotated[ContractId, about("The subject of the entry.")]
    event: Annotated[Event, about("The event.")]
    effective_at: Annotated[Instant, about("Its legal instant.")]
    rulings: Annotated[
        list[RulingView], about("The rulings that refuse it; empty if the state does not allow it.")
    ]


class Changes(TypedDict):
    """Everything that a command changed in the existing record."""

    superseded: Annotated[list[SupersededTransition], about("Rows that no longer stand.")]
    added: Annotated[list[AddedRow], about("Transitions recorded with their legal instants.")]
    days: Annotated[list[ChangedDay], about("Days and other derived values that differ.")]
    money: Annotated[list[ChangedMoney], about("Amounts that differ, by month and kind.")]
    invalidated: Annotated[list[InvalidatedEntry], about("Entries that lose their effect.")]
    documents: Annotated[list[str], about("The kinds of documents whose text changes.", ["cancellation"])]
    proposals: Annotated[list[ProposalId], about("Proposals on the contract or the outage that lapse.")]
    not_served: Annotated[
        list[NotServed],
        about(
            "When the service may not have been provided: possibly an outage (Art. 8), never credited by itself."
        ),
    ]


class OutageChanges(Changes):
    """What a command about an outage changed on its contracts: money summed, the rest of the first hundred."""

    contracts: Annotated[int, about("How many contracts it changed something for.", 12)]
