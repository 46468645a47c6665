"""An application for another item is received (Art. 1, 7; R34)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from lifecycle.machines.body import Examples, Filed, FiledBody, Received
from lifecycle.machines.event import Event
from lifecycle.machines.events.apply import received_not_in_future, received_under_terms_in_force, rulings
from lifecycle.machines.field_types import Reference
from lifecycle.machines.names_of_services import ItemName
from lifecycle.machines.parts import ItemChange
from lifecycle.terms.editions import ITEMS


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyForItemChange(Filed):
    """item: the requested item. received_on: the day of receipt."""

    contract_id: str
    reference: str
    item: str
    received_on: date


class ItemChangeApplicationBody(Received, FiledBody):
    """An application for another item."""

    item: ItemName
    reference: Reference
    examples: ClassVar[Examples] = [{"item": ITEMS[0], "reference": "OD-2022-0001-C", "received_on": "2022-04-22"}]


APPLY_FOR_ITEM_CHANGE: Event[ItemChange, ApplyForItemChange] = Event(
    name="apply",
    facts=ApplyForItemChange,
    happened="received",
    rank=2,
    rulings=rulings,
    rules=(received_under_terms_in_force, received_not_in_future),
)
