"""Possible misuse of the configuration rights is reported, with the instruction given (Art. 4(4), R29)."""

from dataclasses import dataclass

from lifecycle.machines.check import AnyCase, Case, about_facts, at_entry
from lifecycle.machines.dossier import Contract, Dossier, Misuse
from lifecycle.machines.event import Changes, Event
from lifecycle.machines.events.common import on_its_own_day
from lifecycle.machines.facts import Facts
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms import order_of_days as order
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMisuse(Facts):
    """found_at: the instant at which it was found, as ISO text. instruction: given to the customer."""

    found_at: str
    instruction: str


@at_entry
@about_facts
def finding_not_in_future(case: AnyCase) -> Ruling | None:
    """R29, R34."""
    return order.not_in_future("finding", "判明", case.at, case.now, "R34", case.terms())


def effect(contract: Contract, facts: ReportMisuse, row: str) -> Changes:
    """Adds the report."""
    return {"misuse": (*contract.misuse, Misuse(row, facts.found_at, facts.instruction))}


def rulings(case: Case[ReportMisuse], after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """The report is on record."""
    return (conditions.misuse_reported(tokyo_day(case.at), case.terms()),)


REPORT_MISUSE = Event(
    name="report_misuse",
    facts=ReportMisuse,
    happened="found",
    effect=effect,
    rulings=rulings,
    governed_on=on_its_own_day,
    rules=(finding_not_in_future,),
)
