"""The rules of the terms meet every case about days; a failure names article, reading and reason."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from lifecycle.terms import art7_fees
from lifecycle.terms.art2_minimum_term import minimum_term
from lifecycle.terms.art5_drm_option import option_ending
from lifecycle.terms.art6_cancellation import effect, ending
from lifecycle.terms.calendar import end_of, last_day_of_term, start_of, tokyo_day
from lifecycle.terms.editions import EDITIONS, NotInForce
from lifecycle.terms.order_of_days import days_over_served, late_entry_needs_reason
from tests.oracle.tables import Row, check, day, day_or_none, notices, table, text, whole
from tests.terms.worlds import BY_POLICY, DEFER, RESIDUAL, in_utc, letters


@pytest.mark.parametrize("option", [False, True], ids=["contract", "option"])
@table("art6_effect_date")
def test_a_notice_ends_on_the_later_of_day_thirty_and_the_chosen_day(row: Row, option: bool) -> None:
    one = effect(day(row, "arrived_on"), day_or_none(row, "chosen_on"), None, EDITIONS, option=option)
    check(
        row,
        {
            "notice_elapses_on": one.notice_period_ends_on,
            "effect_on": one.effective_on,
            "decided_by": one.decided_by,
            "first_day_without_service": tokyo_day(end_of(one.effective_on)),
            "ends_at_utc": in_utc(end_of(one.effective_on)),
        },
    )


@table("arrival_day_is_japan_day")
def test_the_day_of_arrival_is_the_day_in_japan(row: Row) -> None:
    arrived = tokyo_day(datetime.fromisoformat(text(row, "arrived_at")))
    ends_on = effect(arrived, None, None, EDITIONS).effective_on
    check(row, {"arrived_on": arrived, "effect_on": ends_on, "ends_at_utc": in_utc(end_of(ends_on))})


@table("minimum_term_last_day")
def test_the_minimum_term_ends_before_its_corresponding_day(row: Row) -> None:
    start, months = day(row, "billing_start_on"), whole(row, "months")
    last = last_day_of_term(start, months)
    check(row, {"last_day": last, "days_counted": (last - start).days + 1})
    terms = replace(EDITIONS.on(date(2022, 5, 1)), minimum_term_months=months, option_minimum_term_months=months)
    assert {minimum_term(start, terms, option=option).on for option in (False, True)} == {last}


@pytest.mark.parametrize("option", [False, True], ids=["contract", "option"])
@table("minimum_term_guard")
def test_an_end_inside_the_minimum_term_under_both_policies(row: Row, option: bool) -> None:
    facts = (day(row, "arrived_on"), day_or_none(row, "chosen_on"), day(row, "billing_start_on"))
    defer, residual = (effect(*facts, editions, option=option) for editions in (DEFER, RESIDUAL))
    assert defer.residual_days == 0
    assert (defer.billing_starts, defer.minimum_term_ends_on) == (
        residual.billing_starts,
        residual.minimum_term_ends_on,
    )
    check(
        row,
        {
            "effect_on_art6": residual.effective_on,
            "min_term_last_day": defer.minimum_term_ends_on,
            "billing_starts": defer.billing_starts,
            "min_term_binds": defer.effective_on != residual.effective_on,
            "effect_on_policy_defer": defer.effective_on,
            "decided_by_policy_defer": defer.decided_by,
            "residual_days_policy_residual_fee": residual.residual_days,
        },
    )


@table("several_notices")
def test_of_several_notices_the_earliest_day_counts(row: Row) -> None:
    editions = BY_POLICY[row["policy"] or "defer"]
    end = ending(letters(notices(row)), day_or_none(row, "billing_start_on"), editions)
    assert end is not None
    check(row, {"effect_on": end.effective_on})


@table("drm_option_end")
def test_the_option_ends_by_its_own_notice_or_with_its_contract(row: Row) -> None:
    start, base_arrived = day(row, "option_billing_start_on"), day_or_none(row, "base_arrived_on")
    base_letters = letters([(base_arrived, day_or_none(row, "base_chosen_on"))] if base_arrived else [])
    base = ending(base_letters, day_or_none(row, "base_billing_start_on"), EDITIONS)
    arrived = day_or_none(row, "option_arrived_on")
    own_letters = letters([(arrived, day_or_none(row, "option_chosen_on"))] if arrived else [])
    end = option_ending(ending(own_letters, start, EDITIONS, option=True), base, start, EDITIONS)
    assert end is not None
    check(
        row,
        {
            "option_effect_on": end.effective_on,
            "ended_by": "base_contract" if end.decided_by == "base_contract" else "option_notice",
            "option_min_term_last_day": end.minimum_term_ends_on,
            "option_min_term_cut_days": end.cut_days,
        },
    )


@table("late_entry")
def test_a_notice_entered_late_counts_from_its_arrival(row: Row) -> None:
    arrived, keyed, terms = day(row, "arrived_on"), day(row, "keyed_on"), EDITIONS.on(day(row, "arrived_on"))
    ends_on = effect(arrived, day_or_none(row, "chosen_on"), None, EDITIONS).effective_on
    check(
        row,
        {
            "effect_on": ends_on,
            "effect_already_past_when_keyed": end_of(ends_on) <= start_of(keyed),
            "days_over_served": days_over_served(ends_on, keyed, arrived),
            "reason_needed": late_entry_needs_reason(arrived, start_of(keyed), None, terms) is not None,
        },
    )
    assert late_entry_needs_reason(arrived, start_of(keyed), "found in the post room", terms) is None


@table("terms_version")
def test_the_version_of_the_day_in_japan_governs(row: Row) -> None:
    on = tokyo_day(datetime.fromisoformat(text(row, "at")))
    try:
        version = EDITIONS.on(on).version
    except NotInForce:
        version = None
    check(row, {"version": version})


@table("initial_and_monthly_fee")
def test_the_initial_fee_at_acceptance_and_the_monthly_fee_from_billing_start(row: Row) -> None:
    item, ends_on = text(row, "item"), day_or_none(row, "ends_on")
    accepted, start = day_or_none(row, "accepted_on"), day_or_none(row, "billing_start_on")
    initial = art7_fees.initial_fee(item, accepted, EDITIONS.on(accepted)) if accepted else None
    billed = start is not None
    if ends_on is not None:
        billed = effect(ends_on - timedelta(days=30), None, start, EDITIONS).billing_starts
    monthly = art7_fees.monthly_fee(item, start, EDITIONS.on(start)) if start and billed else None
    check(
        row,
        {
            "initial_yen": initial.amount_yen if initial else None,
            "initial_due_on": initial.on if initial else None,
            "monthly_yen": monthly.amount_yen if monthly else None,
            "monthly_due_from": monthly.on if monthly else None,
        },
    )
