"""The oracle meets every case about amounts and claims."""

from tests import oracle
from tests.oracle.tables import Row, check, day_or_none, table, text, whole


@table("initial_and_monthly_fee")
def test_the_initial_fee_at_acceptance_the_monthly_fee_from_billing_start(row: Row) -> None:
    accepted, start = day_or_none(row, "accepted_on"), day_or_none(row, "billing_start_on")
    ends, item = day_or_none(row, "ends_on"), text(row, "item")
    billed = start is not None and (ends is None or ends >= start)
    check(
        row,
        {
            "initial_yen": oracle.initial_fee(item) if accepted else None,
            "initial_due_on": accepted,
            "monthly_yen": oracle.monthly_fee(item) if billed else None,
            "monthly_due_from": start if billed else None,
        },
    )


@table("monthly_proration")
def test_a_part_of_a_month(row: Row) -> None:
    served = (text(row, "month"), whole(row, "served_from_day"), whole(row, "served_to_day"))
    fee, policies = whole(row, "fee_yen"), ("none", "calendar_days", "thirtieths")
    check(row, {f"{policy}_yen": oracle.prorated(fee, *served, policy) for policy in policies})


@table("annex2_credit")
def test_a_thirtieth_for_each_full_day_without_service(row: Row) -> None:
    hours, minutes, seconds = (int(part) for part in text(row, "known_duration").split(":"))
    units = oracle.credit_units(whole(row, "seconds"))
    fees = [whole(row, "base_fee_yen")] * units
    check(
        row,
        {
            "seconds": hours * 3600 + minutes * 60 + seconds,
            "units": units,
            "eligible": units > 0,
            "credit_exact": oracle.credit_exact(fees),
            "credit_floor_yen": oracle.credit_yen(fees, "floor"),
            "credit_half_up_yen": oracle.credit_yen(fees, "half_up"),
            "credit_ceil_yen": oracle.credit_yen(fees, "ceil"),
        },
    )


@table("outage_clipped")
def test_an_outage_counts_only_while_the_contract_is_in_force(row: Row) -> None:
    bounds = day_or_none(row, "billing_start_on"), day_or_none(row, "effect_on")
    seconds = oracle.clip_seconds(text(row, "known_at"), text(row, "recovered_at"), *bounds)
    units = oracle.credit_units(seconds)
    credit = oracle.credit_yen([whole(row, "base_fee_yen")] * units)
    check(row, {"counted_seconds": seconds, "units": units, "credit_floor_yen": credit})


@table("claim_deadline")
def test_a_claim_lapses_after_three_months(row: Row) -> None:
    claimable, last = oracle.claim_window(text(row, "known_at"))
    check(row, {"claimable_on": claimable, "last_claim_day": last})


@table("credit_across_item_change")
def test_each_unit_belongs_to_the_day_it_starts_on(row: Row) -> None:
    up, down = day_or_none(row, "basic_to_premium_on"), day_or_none(row, "premium_to_basic_on")
    fees = []
    for start in oracle.unit_days(text(row, "known_at"), whole(row, "units")):
        premium = start >= up if up else down is not None and start < down
        fees.append(oracle.monthly_fee("premium" if premium else "basic"))
    check(row, {"credit_exact": oracle.credit_exact(fees), "credit_floor_yen": oracle.credit_yen(fees)})


@table("overage")
def test_use_above_what_the_fee_includes(row: Row) -> None:
    use = (text(row, "item"), text(row, "meter"), text(row, "used"))
    check(row, {"units_above": oracle.overage_units(*use), "yen": oracle.overage_yen(*use)})
