"""The company accepts a contract's application: the contract comes into being (Art. 3, 4, 7; R22, R28, R34)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from lifecycle.machines.body import Accepted, Entering, Examples, MissingFact
from lifecycle.machines.check import AnyCase, Case
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.common import (
    acceptance_not_in_future,
    accepted_before_billing_start,
    past_billing_start_needs_reason,
    received_before_accepted,
    start_rulings,
)
from lifecycle.machines.events.in_range import accepted_in_range
from lifecycle.machines.events.receive_form import application_in_form
from lifecycle.machines.facts import Facts, absent
from lifecycle.machines.field_types import Day
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms import art7_fees as fees
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptContract(Facts):
    """accepted_on: the day of acceptance. billing_starts_on: S as agreed.

    accepted_at: the instant of acceptance, if given (R10).
    """

    accepted_on: date
    billing_starts_on: date
    accepted_at: datetime | None = absent()


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
    """Record the acceptance and the agreed billing start."""
    return {
        "accepted_on": facts.accepted_on,
        "planned_start_on": facts.billing_starts_on,
        "billing_from": row,
        "certificate_expires_on": conditions.certificate_expires_on(contract.delivery),
    }


def rulings(case: Case[AcceptContract], after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """The initial fee, owed from the acceptance, and the billing start."""
    accepted_on = case.facts.accepted_on
    fee = fees.initial_fee(after.item, accepted_on, case.editions.on(accepted_on))
    return (*case.editions.passed_over(accepted_on), fee, *start_rulings(case, after, dossier))


class AcceptContractBody(Accepted):
    """Acceptance of a contract; billing starts on the requested day unless another day is given."""

    billing_starts_on: Day | None = None
    examples: ClassVar[Examples] = [{"accepted_on": "2022-04-22", "billing_starts_on": "2022-05-01"}]

    def facts(self, entering: Entering) -> AcceptContract:
        """Raises MissingFact if neither the body nor the application has a billing start."""
        starts_on = self.billing_starts_on or entering.read().requested_billing_start_on
        if starts_on is None:
            raise MissingFact("billing_starts_on")
        return AcceptContract(
            accepted_on=self.happened.day(entering.now), billing_starts_on=starts_on, accepted_at=self.accepted_at
        )


ACCEPT = Event(
    name="accept",
    facts=AcceptContract,
    happened="accepted",
    rank=1,
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.accepted_on,
    rules=(
        application_in_form,
        laws_accepted,
        rights_cleared,
        administrator_named,
        accepted_in_range,
        acceptance_not_in_future,
        received_before_accepted,
        accepted_before_billing_start,
        past_billing_start_needs_reason,
    ),
    input=EventInput(
        body=AcceptContractBody,
        roles=OPERATOR,
        summary="Accepts the application: the initial fee is owed from here (Art. 7, R28, R34).",
        second_person=True,
    ),
)
