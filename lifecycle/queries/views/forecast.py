"""A transition to come."""

from typing import Annotated, Any, cast

from typing_extensions import TypedDict

from lifecycle.machines.step import Entry
from lifecycle.queries.views.closed_sets import Kind, State, TimedEvent
from lifecycle.queries.views.common import RulingView, rulings_view
from lifecycle.queries.views.fields import ContractId, Day, Instant, NextPage, Reference, RowId, about, view
from lifecycle.terms.calendar import instant
from lifecycle.terms.editions import ITEMS


@view
class DueView(TypedDict):
    """A timed transition to come, as it will be recorded."""

    kind: Annotated[Kind, about("The kind of its subject.")]
    id: Annotated[ContractId, about("The subject: a contract, an option and so on.")]
    contract_id: Annotated[ContractId, about("The contract that it concerns.")]
    reference: Annotated[Reference | None, about("The reference of the subject's application; null for none.")]
    event: Annotated[TimedEvent, about("The event.")]
    due_at: Annotated[Instant, about("The due instant.")]
    from_state: Annotated[State, about("The state before.")]
    to_state: Annotated[State, about("The state after.")]
    caused_by: Annotated[RowId | None, about("The row of the human event behind it, by its id; null for none.")]
    facts: Annotated[dict[str, Any], about("The facts of the event, by name.", {"item": ITEMS[0]})]
    rulings: Annotated[list[RulingView], about("The rulings of the row.")]
    terms: Annotated[Day, about("The version of the terms that governs it, by its first day in force.")]


class DuePage(TypedDict):
    """A page of coming transitions."""

    items: Annotated[list[DueView], about("The transitions, in the order of firing.")]
    next: NextPage


def entry_view(entry: Entry) -> DueView:
    """A coming transition of the forecast."""
    subject = entry.subject
    return {
        "kind": subject.KIND,
        "id": subject.id,
        "contract_id": subject.owner,
        "reference": vars(subject).get("reference"),
        "event": entry.event,
        "due_at": instant(cast(Any, entry.due_at)),
        "from_state": cast(str, entry.from_state),
        "to_state": entry.to_state,
        "caused_by": entry.act.caused_by,
        "facts": dict(entry.facts),
        "rulings": rulings_view(entry.rulings),
        "terms": entry.terms.version,
    }
