"""Another monthly fee of the DRM option is agreed from a day on (Art. 7, R21, R22)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from lifecycle.machines.body import Agreed, Entering, Examples
from lifecycle.machines.check import Case
from lifecycle.machines.dossier import Dossier, FeeAgreement, Option
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.common import not_in_future
from lifecycle.machines.facts import Facts
from lifecycle.machines.field_types import Day, Yen
from lifecycle.terms.art7_fees import agreed_monthly_fee
from lifecycle.terms.calendar import start_of
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFees(Facts):
    """monthly_fee_yen: whole yen, from from_on on. agreed_on: the day of the agreement."""

    monthly_fee_yen: int
    from_on: date
    agreed_on: date


def effect(option: Option, facts: ChangeFees, row: str) -> Changes:
    """Add the agreement in the order of the days of agreement: of several for one day the newest counts."""
    agreement = FeeAgreement(row, facts.monthly_fee_yen, facts.from_on, facts.agreed_on)
    return {"fees": tuple(sorted((*option.fees, agreement), key=lambda one: one.agreed_on))}


def place(facts: ChangeFees, at: datetime, recorded_at: datetime) -> datetime:
    """The agreement, or the first day of the fee if earlier."""
    return min(at, start_of(facts.from_on))


def rulings(case: Case[ChangeFees], after: Option, dossier: Dossier) -> tuple[Ruling, ...]:
    """The fee from that day on."""
    facts = case.facts
    return (agreed_monthly_fee(facts.monthly_fee_yen, facts.from_on, facts.agreed_on, case.terms()),)


class FeesChangedBody(Agreed):
    """Another monthly fee in whole yen from a day (R22)."""

    monthly_fee_yen: Yen
    from_on: Day
    examples: ClassVar[Examples] = [{"monthly_fee_yen": 6000, "from_on": "2022-07-01", "agreed_on": "2022-04-22"}]

    def facts(self, entering: Entering) -> ChangeFees:
        """The fee, its first day and the day of the agreement."""
        return ChangeFees(
            monthly_fee_yen=self.monthly_fee_yen, from_on=self.from_on,
            agreed_on=self.happened.day(entering.now),
        )  # fmt: skip


CHANGE_FEES: Event[Option, ChangeFees] = Event(
    name="change_fees",
    facts=ChangeFees,
    happened="agreed",
    setting=True,
    place=place,
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.agreed_on,
    rules=(not_in_future("fee_agreement"),),
    input=EventInput(
        body=FeesChangedBody,
        roles=OPERATOR,
        summary="Changes the option's monthly fee from a day on, by agreement (Art. 7, R21, R22).",
    ),
)
