"""A condition of Art. 3(1) is open at the agreed billing start: billing is held (R28)."""

from dataclasses import dataclass
from datetime import date

from lifecycle.machines.check import Case, due
from lifecycle.machines.derive import open_conditions
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.event import Changes, Clock, Event
from lifecycle.machines.facts import Facts
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldBilling(Facts):
    """billing_starts_on: the agreed day. conditions: the open ones."""

    billing_starts_on: date
    conditions: tuple[str, ...]


def effect(contract: Contract, facts: HoldBilling, row: str) -> Changes:
    """Hold billing; only the operator can set another day."""
    return {"billing_held": True}


def rulings(case: Case[HoldBilling], after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """The open conditions."""
    return open_conditions(after, case.editions)


def facts_of(dossier: Dossier, contract: Contract) -> HoldBilling:
    """The agreed day and the open conditions."""
    assert contract.billing_starts_on is not None
    return HoldBilling(billing_starts_on=contract.billing_starts_on, conditions=contract.open_conditions)


HOLD_BILLING = Event(
    name="hold_billing",
    facts=HoldBilling,
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.billing_starts_on,
    rules=(due("hold_billing"),),
    clock=Clock(rank=4, facts=facts_of, cause=lambda contract, dossier, editions: contract.billing_from),
)
