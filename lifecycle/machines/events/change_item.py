"""The contract's item changes as an item change takes effect (Art. 1, R15)."""

from dataclasses import dataclass
from datetime import date

from lifecycle.machines.check import Case
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.event import Changes, Event
from lifecycle.machines.facts import Facts
from lifecycle.terms.item_change import changes_on
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeItem(Facts):
    """item: the item from effective_on on."""

    item: str
    effective_on: date


def effect(contract: Contract, facts: ChangeItem, row: str) -> Changes:
    """The item from that day on."""
    return {"item": facts.item}


def rulings(case: Case[ChangeItem], after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """Which item replaces which."""
    day = case.facts.effective_on
    return (changes_on(case.subject.item, after.item, day, case.editions.on(day)),)


CHANGE_ITEM = Event(
    name="change_item",
    facts=ChangeItem,
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.effective_on,
    follows=True,
)
