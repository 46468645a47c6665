"""The customer withdraws an application, or an accepted item change (R10, R19)."""

from typing import Any, ClassVar

from lifecycle.machines.body import Dated, Examples
from lifecycle.machines.check import AnyCase, on_the_line
from lifecycle.machines.event import DESK, EITHER, Event, EventInput
from lifecycle.machines.events.common import not_in_future
from lifecycle.machines.facts import NoFacts
from lifecycle.machines.field_types import Day, Instant
from lifecycle.machines.items import binding_after
from lifecycle.machines.parts import ItemChange
from lifecycle.terms import item_change as terms_of_change
from lifecycle.terms.calendar import DAY
from lifecycle.terms.ruling import Ruling


@on_the_line
def no_later_change(case: AnyCase) -> Ruling | None:
    """R19: a change that a later one depends on is not withdrawn first."""
    change: ItemChange = case.subject
    if change.effective_on is None:
        return None
    later = binding_after(case.dossier, change.effective_on + DAY)
    return terms_of_change.changes_in_order(later.id, later.effective_on, case.terms()) if later else None


@on_the_line
def no_option_relies_on_the_change(case: AnyCase) -> Ruling | None:
    """Art. 5(3), R17: a change to Premium is not withdrawn while an accepted option depends on it."""
    change, terms = case.subject, case.terms()
    relying = [o.id for o in case.dossier.options if o.live and o.accepted_on is not None]
    if change.accepted_on is None or change.item != terms.option_item or not relying:
        return None
    return terms_of_change.option_relies_on_change(relying[0], change.id, terms)


class WithdrawBody(Dated):
    """When the customer withdrew: a day or an instant; without either, now."""

    DATED: ClassVar[str] = "withdrawn"
    withdrawn_on: Day | None = None
    withdrawn_at: Instant | None = None
    examples: ClassVar[Examples] = [
        {"withdrawn_at": "2022-04-21T09:00:00+09:00", "reason": "The customer called."}
    ]


withdrawal_not_in_future = not_in_future("withdrawal")
WITHDRAW: Event[Any, NoFacts] = Event(
    name="withdraw",
    facts=NoFacts,
    happened="withdrawn",
    rank=7,
    rules=(withdrawal_not_in_future,),
    input=EventInput(body=WithdrawBody, roles=DESK, summary="The customer withdraws the application (R10)."),
)
WITHDRAW_ITEM_CHANGE: Event[ItemChange, NoFacts] = Event(
    name="withdraw",
    facts=NoFacts,
    happened="withdrawn",
    rank=7,
    rules=(withdrawal_not_in_future, no_later_change, no_option_relies_on_the_change),
    input=EventInput(
        body=WithdrawBody, roles=EITHER, summary="The customer withdraws the change before it takes effect."
    ),
)
