"""The company accepts an application for the DRM option, with the fees quoted (Art. 5, 7; R17, R21, R22)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from lifecycle.machines.body import Accepted, Entering, Examples, Input
from lifecycle.machines.check import AnyCase, Case, about_facts, on_the_line, only_at_its_place
from lifecycle.machines.dossier import Dossier, Option
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.common import (
    HasBillingStart,
    acceptance_not_in_future,
    accepted_before_billing_start,
    past_billing_start_needs_reason,
    received_before_accepted,
    start_rulings,
)
from lifecycle.machines.events.receive_form import application_in_form
from lifecycle.machines.facts import Facts, absent
from lifecycle.machines.field_types import Day, Text, Yen
from lifecycle.machines.items import item_on, pending_changes
from lifecycle.terms import art5_drm_option as art5
from lifecycle.terms import art7_fees as fees
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptOption(Facts):
    """accepted_on, billing_starts_on: days as agreed. Fees in whole yen as quoted to the customer (R21).

    accepted_at: the instant of acceptance, if given (R10). quote: number and day of the quote, as ISO text.
    """

    accepted_on: date
    billing_starts_on: date
    initial_fee_yen: int
    monthly_fee_yen: int
    accepted_at: datetime | None = absent()
    quote: Mapping[str, Any] | None = absent()


@only_at_its_place
def contract_accepted(case: AnyCase) -> Ruling | None:
    """Art. 5, R17."""
    return art5.needs_accepted_base(case.contract.state, case.terms())


@on_the_line
@about_facts
def premium_on_start(case: AnyCase) -> Ruling | None:
    """Art. 5(3), R17: on the option's billing start, and on the day of every accepted change after it."""
    start: HasBillingStart = case.facts
    starts_on = start.billing_starts_on
    changing = [change.effective_on for change in pending_changes(case.dossier)]
    for day in (starts_on, *(day for day in changing if day is not None and day > starts_on)):
        refusing = art5.needs_premium(item_on(case.dossier, day), day, starts_on, case.terms())
        if refusing:
            return refusing
    return None


@on_the_line
@about_facts
def not_before_contract(case: AnyCase) -> Ruling | None:
    """R17."""
    start: HasBillingStart = case.facts
    base_on = case.contract.billing_starts_on
    return art5.starts_no_earlier_than_base(start.billing_starts_on, base_on, case.terms()) if base_on else None


def effect(option: Option, facts: AcceptOption, row: str) -> Changes:
    """Record the acceptance, the agreed billing start and the quoted fees."""
    return {
        "accepted_on": facts.accepted_on,
        "planned_start_on": facts.billing_starts_on,
        "billing_from": row,
        "initial_fee_yen": facts.initial_fee_yen,
        "monthly_fee_yen": facts.monthly_fee_yen,
    }


def rulings(case: Case[AcceptOption], after: Option, dossier: Dossier) -> tuple[Ruling, ...]:
    """The initial fee as quoted, and the billing start."""
    accepted_on = case.facts.accepted_on
    terms = case.editions.on(accepted_on)
    fee = fees.quoted_initial_fee(case.facts.initial_fee_yen, accepted_on, terms)
    return (fee, *start_rulings(case, after, dossier))


class QuoteBody(Input):
    """The quote in which the fees were offered: its number and its day."""

    number: Text
    on: Day | None = None


class AcceptOptionBody(Accepted):
    """Acceptance of an option, with the fees quoted to the customer in yen (R21)."""

    billing_starts_on: Day
    initial_fee_yen: Yen
    monthly_fee_yen: Yen
    quote: QuoteBody | None = None
    examples: ClassVar[Examples] = [
        {
            "accepted_on": "2022-04-22",
            "billing_starts_on": "2022-05-01",
            "initial_fee_yen": 30000,
            "monthly_fee_yen": 5000,
        }
    ]

    def facts(self, entering: Entering) -> AcceptOption:
        """The days and the fees as given."""
        return AcceptOption(
            accepted_on=self.happened.day(entering.now),
            billing_starts_on=self.billing_starts_on,
            initial_fee_yen=self.initial_fee_yen,
            monthly_fee_yen=self.monthly_fee_yen,
            accepted_at=self.accepted_at,
            quote=None if self.quote is None else self.quote.model_dump(mode="json", exclude_none=True),
        )


ACCEPT_OPTION = Event(
    name="accept",
    facts=AcceptOption,
    happened="accepted",
    rank=3,
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.accepted_on,
    rules=(
        application_in_form,
        contract_accepted,
        acceptance_not_in_future,
        received_before_accepted,
        accepted_before_billing_start,
        premium_on_start,
        not_before_contract,
        past_billing_start_needs_reason,
    ),
    input=EventInput(
        body=AcceptOptionBody,
        roles=OPERATOR,
        summary="Accepts the application with the quoted fees; the contract is accepted and Premium (R17, R21).",
        second_person=True,
    ),
)
