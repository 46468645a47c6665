"""The rules of terms/ applied to a case: which facts each of them judges."""

from lifecycle.machines.check import Case, about_given, given
from lifecycle.machines.items import item_on, pending_changes
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms import art5_drm_option as art5
from lifecycle.terms import order_of_days as order
from lifecycle.terms.art10_measures import company_end_after_acceptance as company_end_order
from lifecycle.terms.art10_measures import company_end_to_come
from lifecycle.terms.editions import NotInForce
from lifecycle.terms.item_change import change_relies_on_end, contract_needed
from lifecycle.terms.ruling import Ruling

# --- what is declared -------------------------------------------------------------------------


def laws_accepted(case: Case) -> Ruling | None:
    """Art. 3(3)."""
    return conditions.laws_accepted(case.dossier.contract.laws_accepted, case.terms())


def rights_cleared(case: Case) -> Ruling | None:
    """Art. 3(4)."""
    return conditions.rights_cleared(case.dossier.contract.rights_cleared, case.terms())


def administrator_named(case: Case) -> Ruling | None:
    """Art. 4(1)."""
    return conditions.administrator_named(case.dossier.contract.administrator_named, case.terms())


# --- the order of days ------------------------------------------------------------------------


@about_given
def acceptance_not_in_future(case: Case) -> Ruling | None:
    """R34."""
    return order.not_in_future("acceptance", "承諾", given(case, "at"), case.now, "R34", case.terms())


@about_given
def received_before_accepted(case: Case) -> Ruling | None:
    """R34."""
    return order.received_before_accepted(case.subject.received_on, given(case, "accepted_on"), case.terms())


@about_given
def accepted_before_billing_start(case: Case) -> Ruling | None:
    """R34; at acceptance the acceptance's day is given, later it is on record."""
    accepted_on = given(case, "accepted_on") or case.subject.accepted_on
    assert accepted_on is not None
    return order.accepted_before_billing_start(accepted_on, given(case, "billing_starts_on"), case.terms())


@about_given
def past_billing_start_needs_reason(case: Case) -> Ruling | None:
    """R34."""
    starts_on = given(case, "billing_starts_on")
    return order.past_billing_start_needs_reason(starts_on, case.now, case.reason, case.terms())


def billing_not_begun(case: Case) -> Ruling | None:
    """R33."""
    subject = case.subject
    starts_on = subject.billing_starts_on or subject.received_on
    return order.billing_not_begun(starts_on, subject.billing_started, case.terms())


# --- notices ----------------------------------------------------------------------------------


@about_given
def notice_under_terms_in_force(case: Case) -> Ruling | None:
    """R32: no version, no rule for the notice."""
    try:
        case.editions.on(given(case, "arrived_on"))
    except NotInForce as refusal:
        return refusal.ruling
    return None


@about_given
def arrival_not_in_future(case: Case) -> Ruling | None:
    """R7."""
    at, terms = given(case, "at"), case.terms()
    return order.not_in_future("arrival", "到達", at, case.now, "R7", terms, option=case.of_option)


@about_given
def late_entry_needs_reason(case: Case) -> Ruling | None:
    """R7."""
    arrived_on, terms = given(case, "arrived_on"), case.terms()
    return order.late_entry_needs_reason(arrived_on, case.now, case.reason, terms, option=case.of_option)


@about_given
def notice_after_acceptance(case: Case) -> Ruling | None:
    """R10."""
    accepted_on = case.subject.accepted_on
    assert accepted_on is not None
    arrived_on, terms = given(case, "arrived_on"), case.terms()
    return order.notice_after_acceptance(arrived_on, accepted_on, terms, option=case.of_option)


@about_given
def notice_stands(case: Case) -> Ruling | None:
    """R13."""
    notice_id = given(case, "notice")
    revoked = any(n.id == notice_id and n.revoked for n in case.subject.notices)
    return order.notice_stands(str(notice_id), revoked, case.terms(), option=case.of_option)


def others_stand(case: Case) -> bool:
    """Whether notices still stand after the given one (or, where none is named, all) is taken back."""
    notice_id = (case.given or {}).get("notice")
    return notice_id is not None and any(n.id != notice_id for n in case.subject.standing_notices)


def billing_has_begun(case: Case) -> bool:
    """Whether the subject was billing before the notice."""
    return bool(case.subject.billing_started)


# --- the DRM option ---------------------------------------------------------------------------


def contract_accepted(case: Case) -> Ruling | None:
    """Art. 5, R17."""
    return art5.needs_accepted_base(case.dossier.contract.state, case.terms())


@about_given
def premium_on_start(case: Case) -> Ruling | None:
    """Art. 5(3), R17: on the option's billing start, and on the day of every accepted change after it."""
    starts_on = given(case, "billing_starts_on")
    changing = [change.effective_on for change in pending_changes(case.dossier)]
    for day in (starts_on, *(day for day in changing if day is not None and day > starts_on)):
        refusing = art5.needs_premium(item_on(case.dossier, day), day, case.terms())
        if refusing:
            return refusing
    return None


@about_given
def not_before_contract(case: Case) -> Ruling | None:
    """R17."""
    base_on = case.dossier.contract.billing_starts_on
    starts_on = given(case, "billing_starts_on")
    return art5.starts_no_earlier_than_base(starts_on, base_on, case.terms()) if base_on else None


def no_change_relies_on_its_end(case: Case) -> Ruling | None:
    """R19: an accepted move away from Premium relies on the option's end, which cannot be taken back alone.

    Nor can the contract's start be moved, and the option's minimum term and end with it (R33).
    """
    terms = case.terms()
    leaving = [c for c in pending_changes(case.dossier) if c.item != terms.option_item]
    relying = [o for o in case.dossier.options if o.live and o.accepted_on is not None]
    return change_relies_on_end(relying[0].id, leaving[0].id, terms) if leaving and relying else None


# --- conditions of use, the company's side ----------------------------------------------------


def needs_open_condition(case: Case) -> Ruling | None:
    """R28; where no condition is named, whether any is open."""
    found_open = case.dossier.contract.open_conditions
    name = next(iter(found_open), "domain") if case.given is None else given(case, "condition")
    found = name in found_open
    return conditions.needs_open_condition(name, found, case.terms())


@about_given
def company_end_after_acceptance(case: Case) -> Ruling | None:
    """R31."""
    accepted_on = case.subject.accepted_on
    assert accepted_on is not None
    return company_end_order(accepted_on, given(case, "ends_on"), case.terms())


@about_given
def past_end_is_not_rewritten(case: Case) -> Ruling | None:
    """R31, R34: an end in the past is not ordered; a day that is over has been served."""
    ends_on = given(case, "ends_on")
    return company_end_to_come(ends_on, case.now_day, case.terms())


def report_on_record(case: Case) -> Ruling | None:
    """R29; where no report is named, whether there is any."""
    known_report = any(case.given is None or m.id == given(case, "report") for m in case.subject.misuse)
    return conditions.report_on_record(known_report, case.terms())


@about_given
def finding_not_in_future(case: Case) -> Ruling | None:
    """R29, R34."""
    return order.not_in_future("finding", "判明", given(case, "at"), case.now, "R34", case.terms())


@about_given
def claim_not_in_future(case: Case) -> Ruling | None:
    """R27, R34."""
    return order.not_in_future("claim", "請求", given(case, "claimed_at"), case.now, "R34", case.terms())


def contract_accepted_for_change(case: Case) -> Ruling | None:
    """R34: a change needs a contract that is accepted and in force."""
    return contract_needed(case.dossier.contract.state, case.terms())
