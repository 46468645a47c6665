"""The company's form arrives for an application that came in otherwise (Art. 5(1), R44)."""

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

from lifecycle.machines.body import Dated, Entering, Examples, Filed, FiledBody
from lifecycle.machines.check import AnyCase, only_at_its_place
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import EITHER, Changes, Event, EventInput
from lifecycle.machines.events.common import Holder, not_in_future, on_its_own_day
from lifecycle.machines.field_types import Day, Instant
from lifecycle.terms import company_forms
from lifecycle.terms.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveForm(Filed):
    """arrived_on: the day on which the form arrived."""

    arrived_on: date


def application_in_form(case: AnyCase) -> Ruling | None:
    """R44: an application is accepted only after its form has arrived."""
    return company_forms.application_in_form(case.subject.in_form, case.terms(), option=case.of_option)


@only_at_its_place
def form_missing(case: AnyCase) -> Ruling | None:
    """R44: the form arrives only once."""
    return company_forms.form_missing(not case.subject.in_form, case.terms(), option=case.of_option)


def effect(subject: Holder, facts: ReceiveForm, row: str) -> Changes:
    """The application counts from the day of its form."""
    return {"in_form": True, "received_on": facts.arrived_on}


def rulings(case: AnyCase, after: Holder, dossier: Dossier) -> tuple[Ruling, ...]:
    """That the day of the form counts, and the version of the terms in force on it (R32)."""
    arrived = company_forms.form_arrived(after.received_on, case.terms(), option=case.of_option)
    return (arrived, case.editions.in_force(after.received_on))


class ReceiveFormBody(Dated, FiledBody):
    """The company's form for an application, with the day of its arrival."""

    DATED: ClassVar[str] = "arrived"
    arrived_on: Day | None = None
    arrived_at: Instant | None = None
    examples: ClassVar[Examples] = [
        {"arrived_on": "2022-04-21", "channel": "post", "form": {"kind": "A-1", "number": "2022-104"}}
    ]

    def facts(self, entering: Entering) -> ReceiveForm:
        """The day, the form and how it arrived."""
        return ReceiveForm(arrived_on=self.happened.day(entering.now), **self.filed)


RECEIVE_FORM = Event(
    name="receive_form",
    facts=ReceiveForm,
    happened="arrived",
    rank=0,  # before an acceptance of the same day
    effect=effect,
    rulings=rulings,
    governed_on=on_its_own_day,
    rules=(not_in_future("form", of_option="option_form"), form_missing),
    input=EventInput(
        body=ReceiveFormBody,
        roles=EITHER,
        summary="The company's form arrives for an application that came in otherwise. The application counts "
        "from that day (Art. 5(1), R44).",
    ),
)
RECEIVE_OPTION_FORM = replace(RECEIVE_FORM, rank=2)
