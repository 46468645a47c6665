"""Possible misuse of the configuration rights is reported, with the instruction given (Art. 4(4), R29)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from lifecycle.machines.body import Entering, Examples, Reasoned
from lifecycle.machines.check import Case
from lifecycle.machines.dossier import Contract, Dossier, Misuse
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.common import not_in_future, on_its_own_day
from lifecycle.machines.facts import Facts, When, absent
from lifecycle.machines.field_types import Day, Instant, LongText
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms.calendar import instant, iso_day, tokyo_day
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMisuse(Facts):
    """found_at: the instant of the finding, as ISO text. instruction: given to the customer.

    comply_by: the last day to follow it.
    """

    found_at: str
    instruction: str
    comply_by: date | None = absent()


def with_reports(reports: tuple[Misuse, ...]) -> Changes:
    """The reports, and the first day by which an instruction must still be followed."""
    due = [one.comply_by for one in reports if one.comply_by and not one.follow_up]
    return {"misuse": reports, "misuse_due_on": date.fromisoformat(min(due)) if due else None}


def effect(contract: Contract, facts: ReportMisuse, row: str) -> Changes:
    """Add the report."""
    report = Misuse(row, facts.found_at, facts.instruction, comply_by=iso_day(facts.comply_by))
    return with_reports((*contract.misuse, report))


def rulings(case: Case[ReportMisuse], after: Contract, dossier: Dossier) -> tuple[Ruling, ...]:
    """The report is recorded."""
    return (conditions.misuse_reported(tokyo_day(case.at), case.terms()),)


class ReportMisuseBody(Reasoned):
    """A report of possible misuse and the instruction given (Art. 4(4))."""

    found_at: Instant
    instruction: LongText
    comply_by: Day | None = None
    examples: ClassVar[Examples] = [
        {"found_at": "2022-04-22T08:00:00+09:00", "instruction": "Change every key and name who holds them."}
    ]

    @property
    def happened(self) -> When:
        """When it was found."""
        return When(at=self.found_at)

    def facts(self, entering: Entering) -> ReportMisuse:
        """The finding and the instruction."""
        return ReportMisuse(
            found_at=str(instant(self.found_at)), instruction=self.instruction, comply_by=self.comply_by
        )


REPORT_MISUSE = Event(
    name="report_misuse",
    facts=ReportMisuse,
    happened="found",
    effect=effect,
    rulings=rulings,
    governed_on=on_its_own_day,
    rules=(not_in_future("finding"),),
    input=EventInput(
        body=ReportMisuseBody,
        roles=OPERATOR,
        summary="Records possible misuse of the configuration rights and the instruction given (Art. 4(4), R29).",
    ),
)
