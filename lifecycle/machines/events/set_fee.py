"""A one-off fee is agreed after the change was accepted without one (Art. 7, R22)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from lifecycle.machines.body import Agreed, Entering, Examples
from lifecycle.machines.check import AnyCase, Case
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.common import not_in_future
from lifecycle.machines.facts import Facts
from lifecycle.machines.field_types import Yen
from lifecycle.machines.parts import ItemChange
from lifecycle.terms import item_change as terms_of_change
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFee(Facts):
    """fee_yen: the one-off fee in whole yen. agreed_on: the day of the agreement."""

    fee_yen: int
    agreed_on: date


def accepted_once(case: AnyCase) -> Ruling | None:
    """R22: the fee is owed from the acceptance."""
    change: ItemChange = case.subject
    return terms_of_change.fee_needs_acceptance(case.terms()) if change.accepted_on is None else None


def no_fee_yet(case: AnyCase) -> Ruling | None:
    """R22: a fee that was already agreed is corrected, not set again."""
    change: ItemChange = case.subject
    return terms_of_change.fee_is_set(change.fee_yen, case.terms()) if change.fee_yen is not None else None


def effect(change: ItemChange, facts: SetFee, row: str) -> Changes:
    """Record the fee."""
    return {"fee_yen": facts.fee_yen}


def rulings(case: Case[SetFee], after: ItemChange, dossier: Dossier) -> tuple[Ruling, ...]:
    """The one-off fee, owed since the acceptance of the change."""
    assert after.accepted_on is not None
    terms = case.editions.on(after.accepted_on)
    return (terms_of_change.one_off_fee(after.fee_yen, after.accepted_on, terms),)


class FeeSetBody(Agreed):
    """A one-off fee in whole yen, agreed after the acceptance of the change (R22)."""

    fee_yen: Yen
    examples: ClassVar[Examples] = [{"fee_yen": 20000, "agreed_on": "2022-04-22"}]

    def facts(self, entering: Entering) -> SetFee:
        """The fee and the day of the agreement."""
        return SetFee(fee_yen=self.fee_yen, agreed_on=self.happened.day(entering.now))


SET_FEE: Event[ItemChange, SetFee] = Event(
    name="set_fee",
    facts=SetFee,
    happened="agreed",
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.agreed_on,
    rules=(accepted_once, no_fee_yet, not_in_future("fee_agreement")),
    input=EventInput(
        body=FeeSetBody,
        roles=OPERATOR,
        summary="Sets the one-off fee of an accepted change where none was set (Art. 7, R22).",
        second_person=True,
    ),
)
