"""Both sides agree that the contract ends on a day, the past included (合意解約, R38)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from lifecycle.machines.body import Agreed, Entering, Examples, NeedsReason
from lifecycle.machines.check import AnyCase, Case, about_facts
from lifecycle.machines.derive import standing_rulings
from lifecycle.machines.dossier import Contract, Dossier, Notice
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.common import not_in_future
from lifecycle.machines.facts import Facts, absent
from lifecycle.machines.field_types import Day, Yen
from lifecycle.terms.agreed_end import agreed_end_after_acceptance
from lifecycle.terms.calendar import MOMENT, end_of, tokyo_day
from lifecycle.terms.order_of_days import entered_after_the_end
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class EndByAgreement(Facts):
    """agreed_on: the day of the agreement. ends_on: the last day in force. keyed_on: the day of entry.

    owed_yen: the agreed amount for the rest, None if none was agreed. agreed_at: the instant of the agreement, if
    given.
    """

    agreed_on: date
    ends_on: date
    owed_yen: int | None
    keyed_on: date
    agreed_at: datetime | None = absent()


@about_facts
def ends_after_acceptance(case: AnyCase) -> Ruling | None:
    """R38: an end may be agreed for the past, but not for a day before the contract was concluded."""
    facts: EndByAgreement = case.facts
    accepted_on = case.subject.accepted_on
    if accepted_on is None:  # the state says so
        return None
    return agreed_end_after_acceptance(accepted_on, facts.ends_on, case.terms())


def effect(contract: Contract, facts: EndByAgreement, row: str) -> Changes:
    """Notices remain recorded next to the agreed end; the newest agreement decides."""
    end = Notice(row, facts.agreed_on, facts.ends_on, facts.keyed_on, by="agreement", owed_yen=facts.owed_yen)
    return {"notices": (*contract.notices, end)}


def place(facts: EndByAgreement, at: datetime, recorded_at: datetime) -> datetime:
    """The agreement; if the last day in force is earlier, the last instant of that day: the contract ended
    then.
    """
    return min(at, end_of(facts.ends_on) - MOMENT)


def rulings(case: Case[EndByAgreement], after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """The agreed end, and the days of service after it if it was entered later."""
    facts, found = case.facts, standing_rulings(after, after, case.editions)
    if after.effective_on is None or facts.keyed_on <= after.effective_on:
        return found
    terms = case.editions.on(facts.agreed_on)
    notice, starts_on = after.notices[-1], after.billing_starts_on
    return (*found, entered_after_the_end(notice, facts.keyed_on, after.effective_on, starts_on, terms))


class EndByAgreementBody(NeedsReason, Agreed):
    """An end that both sides agreed on: the day of the agreement, the last day, the agreed amount (R38)."""

    ends_on: Day
    owed_yen: Yen | None = None
    examples: ClassVar[Examples] = [
        {"agreed_on": "2022-04-20", "ends_on": "2022-06-30", "owed_yen": 50000, "reason": "Agreed in writing."},
        {"ends_on": "2022-06-30", "owed_yen": None, "reason": "Agreed in writing."},
    ]

    def proposed(self, now: datetime) -> "EndByAgreementBody":
        """Without a day or an instant, the agreement was made when it was proposed, whenever it is approved."""
        named = self.happened.on is not None or self.happened.at is not None
        return self if named else self.model_copy(update={"agreed_on": tokyo_day(now)})

    def facts(self, entering: Entering) -> EndByAgreement:
        """The days of the agreement, of the end and of entry, and the amount."""
        return EndByAgreement(
            agreed_on=self.happened.day(entering.now),
            ends_on=self.ends_on,
            owed_yen=self.owed_yen,
            keyed_on=tokyo_day(entering.now),
            agreed_at=self.agreed_at,
        )


END_BY_AGREEMENT = Event(
    name="end_by_agreement",
    facts=EndByAgreement,
    happened="agreed",
    rank=5,
    setting=True,
    ends=True,
    place=place,
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.agreed_on,
    rules=(not_in_future("agreement"), ends_after_acceptance),
    input=EventInput(
        body=EndByAgreementBody,
        roles=OPERATOR,
        summary="Both sides agree on the contract's end; the newest agreement decides (R38).",
        second_person=True,
    ),
)
