"""A cancellation notice arrives (Art. 6, 5(5); R2, R6, R7, R10 to R12)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from lifecycle.machines.body import Dated, Entering, Examples, Filed, FiledBody
from lifecycle.machines.check import AnyCase, Case, about_facts, at_entry
from lifecycle.machines.derive import standing_rulings
from lifecycle.machines.dossier import Dossier, Notice, Option
from lifecycle.machines.event import DESK, Changes, Event, EventInput
from lifecycle.machines.events.common import Holder
from lifecycle.machines.events.receive_informal_notice import RECEIVE_INFORMAL_NOTICE, ReceiveInformalNotice
from lifecycle.machines.facts import When, absent
from lifecycle.machines.field_types import Day, Instant
from lifecycle.terms import order_of_days as order
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import NotInForce
from lifecycle.terms.order_of_days import entered_after_the_end
from lifecycle.terms.ruling import Ruling, known


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyCancellation(Filed):
    """arrived_on: the day that counts. chosen_on: the chosen day, if any. keyed_on: the day of entry.

    arrived_at: the instant of arrival, if given (R10).
    """

    arrived_on: date
    chosen_on: date | None
    keyed_on: date
    arrived_at: datetime | None = absent()


@at_entry
@about_facts
def notice_under_terms_in_force(case: AnyCase) -> Ruling | None:
    """R32: without a version in force there is no rule for the notice."""
    facts: NotifyCancellation = case.facts
    try:
        case.editions.on(facts.arrived_on)
    except NotInForce as refusal:
        return refusal.ruling
    return None


@at_entry
@about_facts
def arrival_not_in_future(case: AnyCase) -> Ruling | None:
    """R7."""
    act = "option_arrival" if case.of_option else "arrival"
    return order.not_in_future(act, case.at, case.now, case.terms())


@at_entry
@about_facts
def late_entry_needs_reason(case: AnyCase) -> Ruling | None:
    """R7."""
    facts: NotifyCancellation = case.facts
    return order.late_entry_needs_reason(facts.arrived_on, case.now, case.reason, case.terms())


@about_facts
def notice_after_acceptance(case: AnyCase) -> Ruling | None:
    """R10."""
    facts: NotifyCancellation = case.facts
    accepted_on = case.subject.accepted_on
    if accepted_on is None:  # the state says so
        return None
    return order.notice_after_acceptance(facts.arrived_on, accepted_on, case.terms(), option=case.of_option)


def effect(subject: Holder, facts: NotifyCancellation, row: str) -> Changes:
    """Add a notice; earlier ones remain valid (R12). Requests that were not in the form no longer wait (R44)."""
    notice = Notice(row, facts.arrived_on, facts.chosen_on, facts.keyed_on)
    return {"notices": (*subject.notices, notice), "informal": (), "informal_on": None}


def rulings(case: Case[NotifyCancellation], after: Holder, dossier: Dossier) -> tuple[Ruling, ...]:
    """The end with its reasons, and the days of service after it if the notice was entered later."""
    return known((*standing_rulings(after, dossier.contract, case.editions), _late_entry(case, after)))


def _late_entry(case: Case[NotifyCancellation], after: Holder) -> Ruling | None:
    facts, effective_on = case.facts, after.effective_on
    assert effective_on is not None
    if facts.keyed_on <= effective_on:
        return None
    terms = case.editions.on(facts.arrived_on)
    return entered_after_the_end(
        after.notices[-1], facts.keyed_on, effective_on, after.billing_starts_on, terms,
        option=isinstance(after, Option),
    )  # fmt: skip


class NotifyCancellationBody(Dated, FiledBody):
    """A cancellation notice. If it is not in the company's form, it is recorded without effect (R44)."""

    DATED: ClassVar[str] = "arrived"
    arrived_on: Day | None = None
    arrived_at: Instant | None = None
    chosen_on: Day | None = None
    in_form: bool = True
    examples: ClassVar[Examples] = [
        {"arrived_on": "2022-06-10"},
        {"arrived_at": "2022-06-10T14:30:00+09:00", "chosen_on": "2022-09-30"},
    ]

    def proposed(self, now: datetime) -> "NotifyCancellationBody":
        """A notice without a day arrived when it was proposed, whenever it is approved."""
        return self if self.happened != When() else self.model_copy(update={"arrived_on": tokyo_day(now)})

    @property
    def enters(self) -> str | None:
        """A notice that is not in the form has no effect."""
        return None if self.in_form else RECEIVE_INFORMAL_NOTICE.name

    def facts(self, entering: Entering) -> NotifyCancellation | ReceiveInformalNotice:
        """The days of arrival and of entry, and the chosen day."""
        if not self.in_form:
            arrived_on = self.happened.day(entering.now)
            return ReceiveInformalNotice(arrived_on=arrived_on, chosen_on=self.chosen_on, **self.filed)
        return NotifyCancellation(
            arrived_on=self.happened.day(entering.now), chosen_on=self.chosen_on, keyed_on=tokyo_day(entering.now),
            arrived_at=self.arrived_at, **self.filed,
        )  # fmt: skip


NOTIFY_CANCELLATION = Event(
    name="notify_cancellation",
    facts=NotifyCancellation,
    happened="arrived",
    rank=5,
    ends=True,
    effect=effect,
    rulings=rulings,
    governed_on=lambda case: case.facts.arrived_on,
    rules=(
        notice_under_terms_in_force,
        arrival_not_in_future,
        late_entry_needs_reason,
        notice_after_acceptance,
    ),
    input=EventInput(
        body=NotifyCancellationBody,
        roles=DESK,
        summary="Enters a cancellation notice by the day it arrived (Art. 5(5), 6; R6, R7, R18, R20). "
        "Beyond an hourly limit, notices are proposed to a second person.",
    ),
)
