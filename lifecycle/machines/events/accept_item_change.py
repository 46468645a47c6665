"""The company accepts a change of the item for a day, with its one-off fee (Art. 1, 7; R15, R19, R22, R34)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from lifecycle.machines.body import Accepted, Entering, Examples
from lifecycle.machines.check import AnyCase, Case, about_facts, at_entry, on_the_line, only_at_its_place
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.common import acceptance_not_in_future, received_before_accepted
from lifecycle.machines.facts import Facts
from lifecycle.machines.field_types import Day, Yen
from lifecycle.machines.items import binding_after, item_as_if_in_force
from lifecycle.machines.parts import ItemChange
from lifecycle.terms import item_change as terms_of_change
from lifecycle.terms.art6_cancellation import effect as effect_of_notice
from lifecycle.terms.calendar import DAY
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptItemChange(Facts):
    """effective_on: the first day of the new item. fee_yen: the agreed one-off fee, None if none was set."""

    accepted_on: date
    effective_on: date
    fee_yen: int | None


@only_at_its_place
def contract_accepted_for_change(case: AnyCase) -> Ruling | None:
    """R34: a change needs a contract that is accepted and in force."""
    return terms_of_change.contract_needed(case.contract.state, case.terms())


@at_entry
@about_facts
def change_not_in_the_past(case: AnyCase) -> Ruling | None:
    """R34."""
    facts: AcceptItemChange = case.facts
    if facts.effective_on >= case.now_day or case.reason:
        return None
    return terms_of_change.past_change_needs_reason(facts.effective_on, case.now_day, case.terms())


@about_facts
def accepted_before_effective(case: AnyCase) -> Ruling | None:
    """R34."""
    facts: AcceptItemChange = case.facts
    return terms_of_change.change_after_acceptance(facts.accepted_on, facts.effective_on, case.terms())


@on_the_line
@about_facts
def another_item(case: AnyCase) -> Ruling | None:
    """Art. 1: compared with the item of the day before."""
    facts: AcceptItemChange = case.facts
    before = item_as_if_in_force(case.dossier, facts.effective_on - DAY)
    return terms_of_change.needs_another_item(before, case.subject.item, case.terms())


@on_the_line
@about_facts
def no_option_in_the_way(case: AnyCase) -> Ruling | None:
    """Art. 5(3), R19: each option in force on that day or later prevents the change, even if it has ended by
    now.
    """
    facts: AcceptItemChange = case.facts
    terms = case.terms()
    for option in case.dossier.options:
        if option.accepted_on is not None and (option.live or not option.never_billed):
            today = effect_of_notice(case.now_day, None, option.billing_starts_on, case.editions, option=True)
            refusing = terms_of_change.option_in_the_way(
                option.id, option.effective_on, today.effective_on, case.subject.item, facts.effective_on, terms
            )
            if refusing:
                return refusing
    return None


@on_the_line
@about_facts
def within_the_contract(case: AnyCase) -> Ruling | None:
    """R15."""
    facts: AcceptItemChange = case.facts
    ends_on = case.contract.effective_on
    return terms_of_change.contract_over(ends_on, facts.effective_on, case.terms()) if ends_on else None


@on_the_line
@about_facts
def after_the_others(case: AnyCase) -> Ruling | None:
    """R19: changes are accepted in the order of their days, each based on the previous one."""
    facts: AcceptItemChange = case.facts
    later = binding_after(case.dossier, facts.effective_on)
    return terms_of_change.changes_in_order(later.id, later.effective_on, case.terms()) if later else None


def effect(change: ItemChange, facts: AcceptItemChange, row: str) -> Changes:
    """Record the acceptance, the day and the agreed fee."""
    return {
        "accepted_on": facts.accepted_on,
        "effective_on": facts.effective_on,
        "fee_yen": facts.fee_yen,
        "effective_from": row,
    }


def rulings(case: Case[AcceptItemChange], after: ItemChange, dossier: Dossier) -> tuple[Ruling, ...]:
    """The one-off fee, and which item replaces which."""
    facts, terms = case.facts, case.editions.on(case.facts.accepted_on)
    before = item_as_if_in_force(case.dossier, facts.effective_on - DAY)
    return (
        terms_of_change.one_off_fee(facts.fee_yen, facts.accepted_on, terms),
        terms_of_change.changes_on(before, after.item, facts.effective_on, terms),
    )


class AcceptItemChangeBody(Accepted):
    """Acceptance of an item change for a day (R22)."""

    effective_on: Day
    fee_yen: Yen | None = None
    examples: ClassVar[Examples] = [
        {"accepted_on": "2022-04-22", "effective_on": "2022-06-01", "fee_yen": 20000},
        {"effective_on": "2022-06-01", "fee_yen": None},
    ]

    def facts(self, entering: Entering) -> AcceptItemChange:
        """The days and the agreed fee."""
        return AcceptItemChange(
            accepted_on=self.happened.day(entering.now), effective_on=self.effective_on, fee_yen=self.fee_yen
        )


ACCEPT_ITEM_CHANGE = Event(
    name="accept",
    facts=AcceptItemChange,
    happened="accepted",
    rank=3,
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.accepted_on,
    rules=(
        contract_accepted_for_change,
        acceptance_not_in_future,
        received_before_accepted,
        accepted_before_effective,
        change_not_in_the_past,
        another_item,
        no_option_in_the_way,
        within_the_contract,
        after_the_others,
    ),
    input=EventInput(
        body=AcceptItemChangeBody,
        roles=OPERATOR,
        summary="Accepts a change for a day; to Basic only where no DRM option lives then (R19, R22).",
        second_person=True,
    ),
)
