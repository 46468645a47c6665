"""A cancellation notice arrives (Art. 6, 5(5); R2, R6, R7, R10 to R12)."""

from dataclasses import dataclass
from datetime import date

from lifecycle.machines.check import AnyCase, Case, about_facts, at_entry
from lifecycle.machines.derive import standing_rulings
from lifecycle.machines.dossier import Dossier, Notice, Option
from lifecycle.machines.event import Changes, Event
from lifecycle.machines.events.common import Holder
from lifecycle.machines.facts import Facts
from lifecycle.terms import order_of_days as order
from lifecycle.terms.art6_cancellation import entered_after_the_end
from lifecycle.terms.editions import NotInForce
from lifecycle.terms.ruling import Ruling, known


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyCancellation(Facts):
    """arrived_on: the day that counts. chosen_on: the day chosen, if any. keyed_on: the day of entry."""

    arrived_on: date
    chosen_on: date | None
    keyed_on: date


@at_entry
@about_facts
def notice_under_terms_in_force(case: AnyCase) -> Ruling | None:
    """R32: without a version in force there is no rule for the notice."""
    facts: NotifyCancellation = case.facts
    try:
        case.editions.on(facts.arrived_on)
    except NotInForce as refusal:
        return refusal.ruling
    return None


@at_entry
@about_facts
def arrival_not_in_future(case: AnyCase) -> Ruling | None:
    """R7."""
    return order.not_in_future("arrival", "到達", case.at, case.now, "R7", case.terms(), option=case.of_option)


@at_entry
@about_facts
def late_entry_needs_reason(case: AnyCase) -> Ruling | None:
    """R7."""
    facts: NotifyCancellation = case.facts
    return order.late_entry_needs_reason(
        facts.arrived_on, case.now, case.reason, case.terms(), option=case.of_option
    )


@about_facts
def notice_after_acceptance(case: AnyCase) -> Ruling | None:
    """R10."""
    facts: NotifyCancellation = case.facts
    accepted_on = case.subject.accepted_on
    assert accepted_on is not None
    return order.notice_after_acceptance(facts.arrived_on, accepted_on, case.terms(), option=case.of_option)


def effect(subject: Holder, facts: NotifyCancellation, row: str) -> Changes:
    """Adds a notice; the ones before it stand (R12)."""
    notice = Notice(row, facts.arrived_on, facts.chosen_on, facts.keyed_on)
    return {"notices": (*subject.notices, notice)}


def rulings(case: Case[NotifyCancellation], after: Holder, dossier: Dossier) -> tuple[Ruling, ...]:
    """When it ends and why, and the days served beyond the end where the notice was keyed after it."""
    return known((*standing_rulings(after, dossier.contract, case.editions), _late_entry(case, after)))


def _late_entry(case: Case[NotifyCancellation], after: Holder) -> Ruling | None:
    facts, effective_on = case.facts, after.effective_on
    assert effective_on is not None
    if facts.keyed_on <= effective_on:
        return None
    terms = case.editions.on(facts.arrived_on)
    return entered_after_the_end(
        facts.arrived_on, facts.keyed_on, effective_on, terms, option=isinstance(after, Option)
    )


NOTIFY_CANCELLATION = Event(
    name="notify_cancellation",
    facts=NotifyCancellation,
    happened="arrived",
    rank=5,
    ends=True,
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.arrived_on,
    rules=(
        notice_under_terms_in_force,
        arrival_not_in_future,
        late_entry_needs_reason,
        notice_after_acceptance,
    ),
)
