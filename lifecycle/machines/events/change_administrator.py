"""The customer names another administrator (Art. 4(1), R29)."""

from lifecycle.machines.check import AnyCase
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.event import Changes, Event
from lifecycle.machines.events.common import NoFacts, on_its_own_day
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms.ruling import Ruling


def effect(contract: Contract, facts: NoFacts, row: str) -> Changes:
    """There is an administrator; who it is, is personal data and stands in a table of its own."""
    return {"administrator_named": True}


def rulings(case: AnyCase, after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """The change is on record."""
    return (conditions.administrator_changed(case.terms()),)


CHANGE_ADMINISTRATOR = Event(
    name="change_administrator",
    facts=NoFacts,
    happened="changed",
    setting=True,
    effect=effect,
    rulings=rulings,
    governed_on=on_its_own_day,
)
