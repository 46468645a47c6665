"""The customer claims the reduction (Art. 8, R27)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from pydantic import model_validator

from lifecycle.machines.body import Entering, Examples, Reasoned, one_of
from lifecycle.machines.check import AnyCase, about_facts, at_entry
from lifecycle.machines.derive_credit import counted_part
from lifecycle.machines.event import Changes, Event
from lifecycle.machines.events.open_credit import known_on, rulings
from lifecycle.machines.facts import Facts, When
from lifecycle.machines.field_types import Day, Instant
from lifecycle.machines.parts import Credit
from lifecycle.terms import art8_credit as art8
from lifecycle.terms import order_of_days as order
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCredit(Facts):
    """claimed_at: the instant of the claim; a day means its start in Japan."""

    claimed_at: datetime


@at_entry
@about_facts
def claim_not_in_future(case: AnyCase) -> Ruling | None:
    """R27."""
    facts: ClaimCredit = case.facts
    return order.not_in_future("claim", facts.claimed_at, case.now, case.terms())


@about_facts
def claim_in_time(case: AnyCase) -> Ruling | None:
    """R27."""
    facts: ClaimCredit = case.facts
    credit: Credit = case.subject
    terms = case.editions.on(tokyo_day(credit.known_at))
    if credit.claimable_on is None or credit.last_claim_on is None:
        return art8.too_short(counted_part(credit, case.dossier, case.now), terms)
    return art8.claim_in_time(facts.claimed_at, credit.claimable_on, credit.last_claim_on, terms)


def fault_unknown(case: AnyCase) -> bool:
    """Whether it is unknown to whom the outage is attributable: the claim is recorded and waits (R27)."""
    return case.subject.attributable is None


def not_claimed_yet(case: AnyCase) -> bool:
    """Whether no claim was recorded while this was unknown."""
    return case.subject.claimed_at is None


def effect(credit: Credit, facts: ClaimCredit, row: str) -> Changes:
    """Record the claim."""
    return {"claimed_at": facts.claimed_at, "claimed_from": row}


class ClaimedBody(Reasoned):
    """When the customer claimed the reduction: a day or an instant; without either, now."""

    claimed_on: Day | None = None
    claimed_at: Instant | None = None
    examples: ClassVar[Examples] = [
        {"claimed_on": "2022-04-22"},
        {"claimed_at": "2022-04-22T08:30:00+09:00"},
    ]

    @model_validator(mode="after")
    def _one(self) -> Self:
        one_of(self, "claimed_on", "claimed_at")
        return self

    @property
    def happened(self) -> When:
        """The day or instant given."""
        return When(self.claimed_on, self.claimed_at)

    def facts(self, entering: Entering) -> ClaimCredit:
        """The instant of the claim."""
        return ClaimCredit(claimed_at=self.happened.instant(entering.now))


CLAIM_CREDIT = Event(
    name="claim",
    facts=ClaimCredit,
    happened="claimed",
    effect=effect,
    rulings=rulings,
    governed_on=known_on,
    rules=(claim_not_in_future, claim_in_time),
)
