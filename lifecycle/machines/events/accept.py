"""The company accepts a contract's application: the contract comes into being (Art. 3, 4, 7; R22, R28, R34)."""

from dataclasses import dataclass
from datetime import date

from lifecycle.machines.check import AnyCase, Case
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.event import Changes, Event
from lifecycle.machines.events.common import (
    acceptance_not_in_future,
    accepted_before_billing_start,
    past_billing_start_needs_reason,
    received_before_accepted,
    start_rulings,
)
from lifecycle.machines.facts import Facts
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms import art7_fees as fees
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptContract(Facts):
    """accepted_on: the day of acceptance. billing_starts_on: S as agreed."""

    accepted_on: date
    billing_starts_on: date


def laws_accepted(case: AnyCase) -> Ruling | None:
    """Art. 3(3)."""
    return conditions.laws_accepted(case.contract.laws_accepted, case.terms())


def rights_cleared(case: AnyCase) -> Ruling | None:
    """Art. 3(4)."""
    return conditions.rights_cleared(case.contract.rights_cleared, case.terms())


def administrator_named(case: AnyCase) -> Ruling | None:
    """Art. 4(1)."""
    return conditions.administrator_named(case.contract.administrator_named, case.terms())


def effect(contract: Contract, facts: AcceptContract, row: str) -> Changes:
    """Records the acceptance and the agreed billing start."""
    return {
        "accepted_on": facts.accepted_on,
        "planned_start_on": facts.billing_starts_on,
        "billing_from": row,
    }


def rulings(case: Case[AcceptContract], after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """The initial fee that the acceptance makes owed, and the billing start."""
    accepted_on = case.facts.accepted_on
    fee = fees.initial_fee(after.item, accepted_on, case.editions.on(accepted_on))
    return (fee, *start_rulings(case, after, dossier))


ACCEPT = Event(
    name="accept",
    facts=AcceptContract,
    happened="accepted",
    rank=1,
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.accepted_on,
    rules=(
        laws_accepted,
        rights_cleared,
        administrator_named,
        acceptance_not_in_future,
        received_before_accepted,
        accepted_before_billing_start,
        past_billing_start_needs_reason,
    ),
)
