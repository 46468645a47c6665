"""The company ends a contract for cause, without a notice period (R31)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from lifecycle.machines.body import Dated, Entering, Examples, NeedsReason
from lifecycle.machines.check import AnyCase, Case, about_facts
from lifecycle.machines.derive import standing_rulings
from lifecycle.machines.dossier import Contract, Dossier, Notice
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.common import not_in_future
from lifecycle.machines.facts import Facts, absent
from lifecycle.machines.field_types import Day, Instant, LongText
from lifecycle.terms.art10_measures import company_end, company_end_after_acceptance, company_end_to_come
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class EndByCompany(Facts):
    """ends_on: the last day in force. ground: the cause, in words. keyed_on: the day of entry.

    declared_on: the day of the declaration, if it differs from the day of entry.
    """

    ends_on: date
    ground: str
    keyed_on: date
    declared_on: date | None = absent()

    @property
    def declared(self) -> date:
        """The day of the declaration, which governs the end (R32)."""
        return self.declared_on or self.keyed_on


@about_facts
def ends_after_acceptance(case: AnyCase) -> Ruling | None:
    """R31."""
    facts: EndByCompany = case.facts
    accepted_on = case.subject.accepted_on
    if accepted_on is None:  # the state says so
        return None
    return company_end_after_acceptance(accepted_on, facts.ends_on, case.terms())


@about_facts
def past_end_is_not_rewritten(case: AnyCase) -> Ruling | None:
    """R31, R34: no end is declared for the past, because the service was provided on a past day."""
    facts: EndByCompany = case.facts
    return company_end_to_come(facts.ends_on, facts.declared, case.terms())


def effect(contract: Contract, facts: EndByCompany, row: str) -> Changes:
    """Record the company's end like a notice, but without a notice period."""
    end = Notice(row, facts.declared, facts.ends_on, facts.keyed_on, by="company")
    return {"notices": (*contract.notices, end)}


def rulings(case: Case[EndByCompany], after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """The company's end, and what now ends the contract."""
    end = company_end(case.facts.ends_on, case.editions.on(case.facts.declared))
    return (end, *standing_rulings(after, after, case.editions))


class EndByCompanyBody(NeedsReason, Dated):
    """The company ends the contract for cause (R31), with the day of the declaration."""

    DATED: ClassVar[str] = "declared"
    ends_on: Day
    ground: LongText
    declared_on: Day | None = None
    declared_at: Instant | None = None
    examples: ClassVar[Examples] = [
        {"ends_on": "2022-06-30", "ground": "General terms, Art. 25", "reason": "Fees unpaid since March."}
    ]

    def facts(self, entering: Entering) -> EndByCompany:
        """The last day, the ground, the days of the declaration and of entry."""
        keyed_on, declared_on = tokyo_day(entering.now), self.happened.day(entering.now)
        return EndByCompany(
            ends_on=self.ends_on,
            ground=self.ground,
            keyed_on=keyed_on,
            declared_on=declared_on if declared_on != keyed_on else None,
        )


END_BY_COMPANY = Event(
    name="end_by_company",
    facts=EndByCompany,
    happened="declared",
    rank=5,
    ends=True,
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.declared,
    rules=(not_in_future("declaration"), ends_after_acceptance, past_end_is_not_rewritten),
    input=EventInput(
        body=EndByCompanyBody,
        roles=OPERATOR,
        summary="The company ends the contract for cause (R31).",
        second_person=True,
    ),
)
