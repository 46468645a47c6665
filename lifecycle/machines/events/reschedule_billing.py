"""Another billing start is agreed before billing has begun (Art. 7; R28, R33, R34)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from lifecycle.machines.body import Agreed, Entering, Examples
from lifecycle.machines.check import AnyCase, Case, on_the_line, only_at_its_place
from lifecycle.machines.derive import standing_rulings
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.accept_option import not_before_contract, premium_on_start
from lifecycle.machines.events.common import (
    Holder,
    accepted_before_billing_start,
    moved,
    not_in_future,
    past_billing_start_needs_reason,
)
from lifecycle.machines.facts import Facts
from lifecycle.machines.field_types import Day
from lifecycle.machines.items import pending_changes
from lifecycle.terms import order_of_days as order
from lifecycle.terms.calendar import start_of
from lifecycle.terms.item_change import change_relies_on_end
from lifecycle.terms.ruling import Ruling, known


@dataclass(frozen=True, slots=True, kw_only=True)
class RescheduleBilling(Facts):
    """billing_starts_on: the newly agreed billing start."""

    billing_starts_on: date


@only_at_its_place
def billing_not_begun(case: AnyCase) -> Ruling | None:
    """R33."""
    subject = case.subject
    starts_on = subject.billing_starts_on or subject.received_on
    return order.billing_not_begun(starts_on, subject.billing_started, case.terms())


@on_the_line
def no_change_relies_on_its_end(case: AnyCase) -> Ruling | None:
    """R19: an accepted move away from Premium depends on the option's end, which cannot be revoked alone.

    Nor can the contract's start be moved, because the option's minimum term and end move with it (R33).
    """
    terms = case.terms()
    leaving = [c for c in pending_changes(case.dossier) if c.item != terms.option_item]
    relying = [o for o in case.dossier.options if o.live and o.accepted_on is not None]
    return change_relies_on_end(relying[0].id, leaving[0].id, terms) if leaving and relying else None


def effect(subject: Holder, facts: RescheduleBilling, row: str) -> Changes:
    """Move the agreed billing start; billing that was held is no longer held."""
    changes = {"planned_start_on": facts.billing_starts_on, "billing_from": row}
    return changes | {"billing_held": False} if isinstance(subject, Contract) else changes


def place(facts: RescheduleBilling, at: datetime, recorded_at: datetime) -> datetime:
    """The agreement, or the start of the agreed day if earlier."""
    return min(at, start_of(facts.billing_starts_on))


def rulings(case: Case[RescheduleBilling], after: Holder, dossier: Dossier) -> tuple[Ruling, ...]:
    """The results of the new billing start."""
    follows = standing_rulings(after, dossier.contract, case.editions)
    return known((*moved(after, dossier, case.editions), *follows))


class RescheduleBillingBody(Agreed):
    """Another billing start, with the day of the agreement."""

    billing_starts_on: Day
    examples: ClassVar[Examples] = [
        {"billing_starts_on": "2022-05-16", "reason": "The domain is registered on 12 May."},
        {"billing_starts_on": "2022-05-16", "agreed_on": "2022-04-20", "reason": "Agreed by e-mail."},
    ]

    def facts(self, entering: Entering) -> RescheduleBilling:
        """The newly agreed day."""
        return RescheduleBilling(billing_starts_on=self.billing_starts_on)


RESCHEDULE_BILLING = Event(
    name="reschedule_billing",
    facts=RescheduleBilling,
    happened="agreed",
    setting=True,
    place=place,
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.billing_starts_on,
    rules=(
        not_in_future("start_agreement"),
        billing_not_begun,
        accepted_before_billing_start,
        past_billing_start_needs_reason,
        no_change_relies_on_its_end,
    ),
    input=EventInput(
        body=RescheduleBillingBody,
        roles=OPERATOR,
        summary="Moves the billing start before billing has begun (R33, R34).",
    ),
)
RESCHEDULE_OPTION_BILLING = Event(
    name="reschedule_billing",
    facts=RescheduleBilling,
    happened="agreed",
    setting=True,
    place=place,
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.billing_starts_on,
    rules=(
        not_in_future("start_agreement"),
        billing_not_begun,
        accepted_before_billing_start,
        premium_on_start,
        not_before_contract,
        past_billing_start_needs_reason,
    ),
    input=EventInput(
        body=RescheduleBillingBody,
        roles=OPERATOR,
        summary="Moves the option's billing start before it has begun (R17, R33, R34).",
    ),
)
