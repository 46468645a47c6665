"""Which rulings an event's history row carries, and which version of the terms governs it (R32)."""

from collections.abc import Callable, Mapping
from datetime import date

from lifecycle.machines.check import Case, given
from lifecycle.machines.derive import ending_of, moved_with_base, open_conditions, standing_rulings, term_ruling
from lifecycle.machines.dossier import Contract, Notice, Option
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms import art7_fees as fees
from lifecycle.terms import order_of_days as order
from lifecycle.terms.art5_drm_option import ends_with_application
from lifecycle.terms.art6_cancellation import entered_after_the_end
from lifecycle.terms.art10_measures import company_end
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.item_change import changes_on
from lifecycle.terms.ruling import Ruling, known

GOVERNED_BY = {
    "accept": "accepted_on",
    "notify_cancellation": "arrived_on",
    "reschedule_billing": "billing_starts_on",
    "start_billing": "billing_starts_on",
    "hold_billing": "billing_starts_on",
    "end_by_company": "keyed_on",
    "change_item": "effective_on",
}


def governing_day(event: str, case: Case) -> date:
    """The day of the triggering fact: its version of the terms governs the event (R32)."""
    subject, decisive = case.subject, GOVERNED_BY.get(event)
    if decisive is not None:
        day: date = given(case, decisive)
        return day
    if event in ("terminate", "revoke_cancellation"):
        end = ending_of(subject, case.dossier.contract, case.editions)
        notices: tuple[Notice, ...] = (*subject.notices, *case.dossier.contract.notices)
        return next(notice.arrived_on for notice in notices if end is not None and notice.id == end.notice)
    received_on: date = subject.received_on
    return received_on


def rulings_of(event: str, case: Case, after: Contract | Option, contract: Contract) -> tuple[Ruling, ...]:
    """The rulings of an event: case is the situation before it, after and contract the one it leads to."""
    if event == "apply":
        return (case.editions.in_force(after.received_on),)
    if event == "accept":
        return known((initial_fee(case, after), *start_rulings(case, after, contract)))
    if event == "reschedule_billing":
        return known((*_moved(case, after, contract), *standing_rulings(after, contract, case.editions)))
    if event == "notify_cancellation":
        return known((*standing_rulings(after, contract, case.editions), _late_entry(case, after)))
    if event == "revoke_cancellation":
        terms = case.terms(governing_day(event, case))
        ends_on = case.subject.effective_on
        assert ends_on is not None
        consent = order.taken_back_with_consent(ends_on, terms, option=case.of_option)
        return (consent, *standing_rulings(after, contract, case.editions))
    if event == "start_billing":
        return start_rulings(case, after, contract)
    if event == "terminate":
        return _end_rulings(case)
    if isinstance(after, Contract) and event in CONTRACT_ONLY:
        return CONTRACT_ONLY[event](case, after)
    return _refused_with_base(case) if event == "reject" else ()


def _held(case: Case, after: Contract) -> tuple[Ruling, ...]:
    return open_conditions(after, case.editions)


def _condition(case: Case, after: Contract) -> tuple[Ruling, ...]:
    name = given(case, "condition")
    settled = conditions.condition_settled(name, name in after.waived, case.terms())
    return (settled, *open_conditions(after, case.editions))


def _company_end(case: Case, after: Contract) -> tuple[Ruling, ...]:
    terms = case.terms(given(case, "keyed_on"))
    end = company_end(given(case, "ends_on"), terms)
    return (end, *standing_rulings(after, after, case.editions))


def _administrator(case: Case, after: Contract) -> tuple[Ruling, ...]:
    return (conditions.administrator_changed(case.terms()),)


def _misuse(case: Case, after: Contract) -> tuple[Ruling, ...]:
    return (conditions.misuse_reported(tokyo_day(given(case, "at")), case.terms()),)


def _item(case: Case, after: Contract) -> tuple[Ruling, ...]:
    day = given(case, "effective_on")
    return (changes_on(case.subject.item, after.item, day, case.terms(day)),)


CONTRACT_ONLY: Mapping[str, Callable[[Case, Contract], tuple[Ruling, ...]]] = {
    "hold_billing": _held,
    "meet_condition": _condition,
    "waive_condition": _condition,
    "end_by_company": _company_end,
    "change_administrator": _administrator,
    "report_misuse": _misuse,
    "change_item": _item,
}


def initial_fee(case: Case, after: Contract | Option) -> Ruling:
    """The initial fee that the acceptance makes owed: the item's, or the option's as quoted (Art. 7)."""
    assert after.accepted_on is not None
    terms = case.editions.on(after.accepted_on)
    if isinstance(after, Option):
        assert after.initial_fee_yen is not None
        return fees.quoted_initial_fee(after.initial_fee_yen, after.accepted_on, terms)
    return fees.initial_fee(after.item, after.accepted_on, terms)


def start_rulings(case: Case, after: Contract | Option, contract: Contract) -> tuple[Ruling, ...]:
    """What the billing start brings: the monthly fee from that day, and the minimum term (Art. 2, 5(4), 7)."""
    starts_on = after.billing_starts_on
    if starts_on is None:  # an option accepted while its contract's billing is held (R28)
        return open_conditions(contract, case.editions)
    terms = case.editions.on(starts_on)
    if isinstance(after, Option):
        assert after.monthly_fee_yen is not None
        fee = fees.quoted_monthly_fee(after.monthly_fee_yen, starts_on, terms)
    else:
        fee = fees.monthly_fee(after.item, starts_on, terms)
    return known((fee, term_ruling(after, contract, case.editions), *_moved(case, after, contract)))


def _moved(case: Case, after: Contract | Option, contract: Contract) -> tuple[Ruling | None, ...]:
    return (moved_with_base(after, contract, case.editions),) if isinstance(after, Option) else ()


def _late_entry(case: Case, after: Contract | Option) -> Ruling | None:
    """The ruling on days served beyond E, where the notice was keyed after E had passed (R7)."""
    notice = after.notices[-1]
    assert after.effective_on is not None
    if notice.keyed_on <= after.effective_on:
        return None
    terms = case.editions.on(notice.arrived_on)
    days = notice.arrived_on, notice.keyed_on, after.effective_on
    return entered_after_the_end(*days, terms, option=case.of_option)


def _end_rulings(case: Case) -> tuple[Ruling, ...]:
    end = ending_of(case.subject, case.dossier.contract, case.editions)
    assert end is not None
    return end.rulings


def _refused_with_base(case: Case) -> tuple[Ruling, ...]:
    ends_on = case.dossier.contract.effective_on
    due_at = case.subject.due_at
    if ends_on is None or due_at is None or case.now < due_at:
        return ()
    return (ends_with_application(ends_on, case.terms()),)
