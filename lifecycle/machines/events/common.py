"""What the events of contracts and options share: rules about days, and the rulings behind a start or an end."""

from datetime import date
from functools import cache
from typing import Protocol

from lifecycle.machines.body import Reasoned
from lifecycle.machines.check import AnyCase, Rule, about_facts, at_entry
from lifecycle.machines.derive import ending_of, moved_with_base, open_conditions, term_ruling
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.facts import When
from lifecycle.machines.field_types import Day
from lifecycle.terms import art7_fees as fees
from lifecycle.terms import order_of_days as order
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import Editions
from lifecycle.terms.ruling import Ruling, known

Holder = Contract | Option


class ChangedOn(Reasoned):
    """A change from a day on, by default from now."""

    on: Day | None = None

    @property
    def happened(self) -> When:
        """The day given."""
        return When(self.on)


class HasAcceptance(Protocol):
    """Facts with a day of acceptance."""

    @property
    def accepted_on(self) -> date: ...


class HasBillingStart(Protocol):
    """Facts with a billing start."""

    @property
    def billing_starts_on(self) -> date: ...


def on_its_own_day(case: AnyCase) -> date:
    """The event's legal day governs it (R32)."""
    return tokyo_day(case.at)


# --- rules about days (R34) -------------------------------------------------------------------


@cache
def not_in_future(act: str, of_option: str = "") -> Rule:
    """Return the rule that an act has happened by the time of its entry (R34).

    act: its name in the catalogue; of_option: that of an option, if its article differs.
    """

    @at_entry
    @about_facts
    def rule(case: AnyCase) -> Ruling | None:
        name = of_option if of_option and case.of_option else act
        return order.not_in_future(name, case.at, case.now, case.terms())

    rule.__name__ = f"{act}_not_in_future"
    return rule


acceptance_not_in_future = not_in_future("acceptance")


@about_facts
def received_before_accepted(case: AnyCase) -> Ruling | None:
    """R34."""
    accepted: HasAcceptance = case.facts
    return order.received_before_accepted(case.subject.received_on, accepted.accepted_on, case.terms())


@about_facts
def accepted_before_billing_start(case: AnyCase) -> Ruling | None:
    """R34; at acceptance the facts contain the day, later the subject does."""
    start: HasBillingStart = case.facts
    accepted_on = getattr(case.facts, "accepted_on", None) or case.subject.accepted_on
    if accepted_on is None:  # the state says so
        return None
    return order.accepted_before_billing_start(accepted_on, start.billing_starts_on, case.terms())


@at_entry
@about_facts
def past_billing_start_needs_reason(case: AnyCase) -> Ruling | None:
    """R34."""
    start: HasBillingStart = case.facts
    return order.past_billing_start_needs_reason(start.billing_starts_on, case.now, case.reason, case.terms())


# --- rulings ----------------------------------------------------------------------------------


def start_rulings(case: AnyCase, after: Holder, dossier: Dossier) -> tuple[Ruling, ...]:
    """The results of the billing start: the monthly fee from that day, and the minimum term (Art. 2, 5(4), 7)."""
    starts_on = after.billing_starts_on
    if starts_on is None:  # an option accepted while its contract's billing is held (R28)
        return open_conditions(dossier.contract, case.editions)
    terms = case.editions.on(starts_on)
    if isinstance(after, Option):
        monthly = after.monthly_fee_on(starts_on)
        assert monthly is not None
        fee = fees.quoted_monthly_fee(monthly, starts_on, terms)
    else:
        fee = fees.monthly_fee(after.item, starts_on, terms)
    term = term_ruling(after, dossier.contract, case.editions)
    return known((fee, term, *moved(after, dossier, case.editions)))


def moved(after: Holder, dossier: Dossier, editions: Editions) -> tuple[Ruling | None, ...]:
    """Why an option starts later than agreed, if it does (R17)."""
    return (moved_with_base(after, dossier.contract, editions),) if isinstance(after, Option) else ()


def deciding_arrival(case: AnyCase) -> date:
    """The day of the notice that decides the end: its version governs (R32)."""
    end = ending_of(case.subject, case.contract, case.editions)
    if end is not None:
        for notice in (*case.subject.notices, *case.contract.notices):
            if notice.id == end.notice:
                day: date = notice.arrived_on
                return day
    return tokyo_day(case.at)
