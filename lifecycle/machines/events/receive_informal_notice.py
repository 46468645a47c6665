"""The customer requests the end, but not in the company's form: it has no effect (Art. 5(5), 6; R44)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from lifecycle.machines.body import Dated, Entering, Examples, Filed, FiledBody
from lifecycle.machines.check import AnyCase
from lifecycle.machines.dossier import Dossier, InformalNotice
from lifecycle.machines.event import DESK, Changes, Event, EventInput
from lifecycle.machines.events.common import Holder, not_in_future, on_its_own_day
from lifecycle.machines.facts import absent
from lifecycle.machines.field_types import Day, Instant
from lifecycle.terms import company_forms
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveInformalNotice(Filed):
    """arrived_on: the day of arrival. chosen_on: the last day that it names, if any."""

    arrived_on: date
    chosen_on: date | None = absent()


def effect(subject: Holder, facts: ReceiveInformalNotice, row: str) -> Changes:
    """The request waits for a notice in the company's form."""
    informal = (*subject.informal, InformalNotice(row, facts.arrived_on, facts.channel))
    return {"informal": informal, "informal_on": min(one.arrived_on for one in informal)}


def rulings(case: AnyCase, after: Holder, dossier: Dossier) -> tuple[Ruling, ...]:
    """Why it has no effect."""
    return (company_forms.notice_not_in_form(tokyo_day(case.at), case.terms(), option=case.of_option),)


class ReceiveInformalNoticeBody(Dated, FiledBody):
    """A request to end that is not in the company's form, with the day on which it came in."""

    DATED: ClassVar[str] = "arrived"
    arrived_on: Day | None = None
    arrived_at: Instant | None = None
    chosen_on: Day | None = None
    examples: ClassVar[Examples] = [{"arrived_on": "2022-04-22", "channel": "phone"}]

    def facts(self, entering: Entering) -> ReceiveInformalNotice:
        """The day, and how it arrived."""
        arrived_on = self.happened.day(entering.now)
        return ReceiveInformalNotice(arrived_on=arrived_on, chosen_on=self.chosen_on, **self.filed)


RECEIVE_INFORMAL_NOTICE = Event(
    name="receive_informal_notice",
    facts=ReceiveInformalNotice,
    happened="arrived",
    effect=effect,
    rulings=rulings,
    governed_on=on_its_own_day,
    rules=(not_in_future("arrival", of_option="option_arrival"),),
    input=EventInput(
        body=ReceiveInformalNoticeBody,
        roles=DESK,
        summary="Records a request to end that is not in the company's form. It has no effect and waits for the "
        "form (Art. 5(5), 6; R44).",
    ),
)
