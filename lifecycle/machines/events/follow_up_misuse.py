"""The follow-up of a report of misuse is recorded (R29)."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from lifecycle.machines.body import Entering, Examples, Reasoned
from lifecycle.machines.check import AnyCase, only_at_its_place
from lifecycle.machines.dossier import Contract
from lifecycle.machines.event import OPERATOR, Changes, Event, EventInput
from lifecycle.machines.events.common import on_its_own_day
from lifecycle.machines.events.report_misuse import with_reports
from lifecycle.machines.facts import Facts
from lifecycle.machines.field_types import LongText
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpMisuse(Facts):
    """report: the id of the report's history row. follow_up: the measures taken."""

    report: str
    follow_up: str


@only_at_its_place
def report_on_record(case: AnyCase) -> Ruling | None:
    """R29; if no report is named, there must be one."""
    facts: FollowUpMisuse | None = case.event_facts
    known_report = any(facts is None or m.id == facts.report for m in case.subject.misuse)
    return conditions.report_on_record(known_report, case.terms())


def effect(contract: Contract, facts: FollowUpMisuse, row: str) -> Changes:
    """Add the follow-up to its report."""
    reports = contract.misuse
    for place in range(len(reports) - 1, -1, -1):  # mostly a late one
        if (found := reports[place]).id == facts.report:
            done = found._replace(follow_up=facts.follow_up)
            return with_reports((*reports[:place], done, *reports[place + 1 :]))
    return {}  # at a past instant the report may be outside of the rows that are read


class FollowUpMisuseBody(Reasoned):
    """The follow-up of a report of misuse (R29)."""

    report: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[0-9a-z_.]+$")]
    follow_up: LongText
    examples: ClassVar[Examples] = [
        {"report": "c_01g1793000mdgr1ppmy0ffgaq3.4", "follow_up": "Every key was changed on the same day."}
    ]

    def facts(self, entering: Entering) -> FollowUpMisuse:
        """The report and the measures taken."""
        return FollowUpMisuse(report=self.report, follow_up=self.follow_up)


FOLLOW_UP_MISUSE = Event(
    name="follow_up_misuse",
    facts=FollowUpMisuse,
    rank=5,  # after the report of the same instant
    effect=effect,
    governed_on=on_its_own_day,
    rules=(report_on_record,),
    input=EventInput(
        body=FollowUpMisuseBody, roles=OPERATOR, summary="Records what was done about a report of misuse (R29)."
    ),
)
