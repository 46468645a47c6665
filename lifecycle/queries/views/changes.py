"""What a late entry, a correction or an annulment changes: rows, days, yen, documents (R16, R35 to R37)."""

from typing import Annotated

from typing_extensions import TypedDict

from lifecycle.queries.views.closed_sets import ChargeKind, Event
from lifecycle.queries.views.common import RulingView
from lifecycle.queries.views.fields import ContractId, Instant, MonthText, ProposalId, RowId, Yen, about


class SupersededTransition(TypedDict):
    """A row of the history that no longer stands."""

    id: Annotated[RowId, about("The row, by its id.")]
    subject_id: Annotated[ContractId, about("What it happened to.")]
    event: Annotated[Event, about("What happened.")]
    effective_at: Annotated[Instant, about("The instant from which it held.")]


class AddedRow(TypedDict):
    """A transition that the clock should have made, recorded now with its legal instant."""

    subject_id: Annotated[ContractId, about("What it happens to.")]
    event: Annotated[Event, about("What happens.")]
    effective_at: Annotated[Instant, about("The instant from which it holds.")]


class ChangedDay(TypedDict):
    """A day or another derived value that differs."""

    subject: Annotated[ContractId, about("Whose it is: a contract, an option and so on.")]
    field: Annotated[str, about("Which one, named as in the answers.", "effective_on")]
    before: Annotated[str | int | None, about("As it was.", "2022-07-31")]
    after: Annotated[str | int | None, about("As it is.", "2022-08-31")]


class ChangedMoney(TypedDict):
    """What is owed for a month, of one kind."""

    month: Annotated[MonthText, about("The month whose statement shows it.")]
    kind: Annotated[ChargeKind, about("What it is for.")]
    before_yen: Annotated[Yen, about("In yen as it was; 0 where nothing was owed.")]
    after_yen: Annotated[Yen, about("In yen as it is.")]
    issued: Annotated[bool, about("Whether the month's statement has been sent, from here or elsewhere.", False)]


class InvalidatedEntry(TypedDict):
    """An entry that no longer holds: it has no effect until a later change allows it again (R37)."""

    id: Annotated[RowId, about("The entry's row, by its id.")]
    subject_id: Annotated[ContractId, about("What it was entered for.")]
    event: Annotated[Event, about("What was entered.")]
    effective_at: Annotated[Instant, about("Its legal instant.")]
    rulings: Annotated[list[RulingView], about("The rules that refuse it; empty where the state does.")]


class Changes(TypedDict):
    """All that a command changed in what was on record before."""

    superseded: Annotated[list[SupersededTransition], about("Rows that no longer stand.")]
    added: Annotated[list[AddedRow], about("Transitions recorded with their legal instants.")]
    days: Annotated[list[ChangedDay], about("Days and other derived values that differ.")]
    money: Annotated[list[ChangedMoney], about("Amounts that differ, by month and kind.")]
    invalidated: Annotated[list[InvalidatedEntry], about("Entries that no longer hold.")]
    documents: Annotated[list[str], about("Kinds of documents whose text differs.", ["cancellation"])]
    proposals: Annotated[list[ProposalId], about("Proposals on the contract that lapse, as it is put right.")]


class OutageChanges(Changes):
    """What a command about an outage changed on its contracts: money summed, the rest of the first hundred."""

    contracts: Annotated[int, about("How many contracts it changed something for.", 12)]
