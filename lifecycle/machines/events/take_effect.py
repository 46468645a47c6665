"""An accepted change of the item takes effect: the clock fires it (Art. 1; R15)."""

from dataclasses import dataclass
from datetime import date

from lifecycle.machines.check import Case, due
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import Changes, Clock, Event
from lifecycle.machines.facts import Facts
from lifecycle.machines.parts import ItemChange
from lifecycle.terms.item_change import changes_on
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeEffect(Facts):
    """item replaces former_item from effective_on on."""

    item: str
    former_item: str
    effective_on: date


def effect(change: ItemChange, facts: TakeEffect, row: str) -> Changes:
    """Keep the replaced item."""
    return {"former_item": facts.former_item}


def rulings(case: Case[TakeEffect], after: ItemChange, dossier: Dossier) -> tuple[Ruling, ...]:
    """Which item replaces which."""
    facts = case.facts
    return (changes_on(facts.former_item, facts.item, facts.effective_on, case.editions.on(facts.effective_on)),)


def facts_of(dossier: Dossier, change: ItemChange) -> TakeEffect:
    """The accepted change, and the item before it."""
    assert change.effective_on is not None
    return TakeEffect(item=change.item, former_item=dossier.contract.item, effective_on=change.effective_on)


TAKE_EFFECT = Event(
    name="take_effect",
    facts=TakeEffect,
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.effective_on,
    rules=(due("take_effect"),),
    clock=Clock(rank=3, facts=facts_of, cause=lambda change, dossier, editions: change.effective_from),
)
