"""Contracts whose late facts once gave wrong amounts or days, with the right ones (R22, R25, R26, R37).

Their neighbours: tests/right/test_late_facts.py, test_fees.py and test_issued_months.py.
"""

from tests.api.desk import Desk, Json
from tests.api.parts import WHY, amounts, asked, claim, credits_of, entered, lines, outage, use


def earned(desk: Desk, contract: Json) -> list[tuple[str, int, int]]:
    return [(one["state"], one["units"], one["amount_yen"]) for one in credits_of(desk, contract)]


def test_billing_that_is_found_to_have_begun_before_an_outage_earns_its_credit(desk: Desk) -> None:
    contract = desk.accepted(item="premium", requested_billing_start_on="2022-05-20")
    desk.move_to("2022-05-10")
    hit = outage(desk, [contract], "2022-05-06T00:00:00+09:00", recovered_at="2022-05-08T00:00:00+09:00")
    assert earned(desk, contract) == [("refused", 0, 0)]
    desk.do(contract, "reschedule_billing", billing_starts_on="2022-05-02", agreed_on="2022-04-30", reason=WHY)
    assert earned(desk, contract) == [("claimable", 2, 13_333)]
    claim(desk, contract, hit)
    desk.move_to("2022-06-02")
    assert earned(desk, contract) == [("credited", 2, 13_333)]
    assert ("outage_credit", -13_333) in amounts(lines(desk, contract, "2022-05"))


def test_a_notice_that_invalidates_a_change_removes_its_fee(desk: Desk) -> None:
    contract = desk.accepted(item="basic", requested_billing_start_on="2022-05-01")
    desk.move_to("2022-07-25")
    change = asked(desk, contract, "premium", received_on="2022-07-10")
    accepted = {"accepted_on": "2022-07-10", "effective_on": "2022-07-20", "fee_yen": 50_000, "reason": WHY}
    desk.do(change, "accept", **accepted)
    assert ("one_off_fee", 50_000) in amounts(lines(desk, contract, "2022-07"))
    late = {"arrived_on": "2022-06-01", "reason": "found in the post room"}  # it ended on 1 July
    refused = desk.do(contract, "notify_cancellation", 409, **late)
    gone = [one["id"] for one in refused["changes"]["invalidated"]]
    desk.do(contract, "notify_cancellation", **late, accept_invalidated=gone)
    assert amounts(lines(desk, contract, "2022-07")) == [("monthly_base_fee", 100_000 // 31)]


def test_days_served_beyond_the_end_count_from_the_billing_start(desk: Desk) -> None:
    desk.move_to("2022-12-01")
    contract = desk.accepted(item="basic", requested_billing_start_on="2023-01-05")
    desk.move_to("2023-01-26")
    desk.do(contract, "notify_cancellation", arrived_on="2022-12-02", reason="found in the post room")
    shown = desk.show(contract)
    assert (shown["terminated_on"], shown["cancellation"]["notices"][0]["days_over_served"]) == ("2023-01-01", 21)
    assert lines(desk, contract, "2023-01") == []


def test_an_outage_of_all_entered_later_earns_premium_its_own_thirtieths(desk: Desk) -> None:
    desk.move_to("2022-06-11")
    outage(desk, "all", "2022-06-05T00:00:00+09:00", recovered_at="2022-06-08T00:00:00+09:00")
    contract = entered(desk, "2022-06-02", "premium")
    assert earned(desk, contract) == [("claimable", 3, 20_000)]


def test_an_option_whose_contract_had_ended_before_it_owes_nothing(desk: Desk) -> None:
    contract = desk.accepted(item="premium", requested_billing_start_on="2022-05-01")
    desk.move_to("2022-07-25")
    option = desk.apply_for_option(contract, received_on="2022-07-10")
    terms = {"billing_starts_on": "2022-07-12", "initial_fee_yen": 30_000, "monthly_fee_yen": 5_000}
    desk.do(option, "accept", accepted_on="2022-07-10", reason=WHY, **terms)
    assert ("option_initial_fee", 30_000) in amounts(lines(desk, contract, "2022-07"))
    late = {"arrived_on": "2022-06-01", "reason": "found in the post room"}  # it ended on 1 July
    refused = desk.do(contract, "notify_cancellation", 409, **late)
    gone = [one["id"] for one in refused["changes"]["invalidated"]]
    told = {(one["kind"], one["after_yen"]) for one in refused["changes"]["money"]}
    assert {("option_initial_fee", 0), ("monthly_option_fee", 0)} <= told
    shown = desk.do(contract, "notify_cancellation", **late, accept_invalidated=gone)
    assert amounts(lines(desk, contract, "2022-07")) == [("monthly_base_fee", 200_000 // 31)]
    assert (desk.show(option)["state"], desk.show(option)["accepted_on"]) == ("rejected", None)
    notice = shown["cancellation"]["notices"][0]["id"]
    never = {"entries": [notice], "ground": "never_happened", "reason": "another contract's"}
    desk.post(f"/v1/contracts/{contract['id']}/annulments", never)
    back = amounts(lines(desk, contract, "2022-07"))
    assert ("option_initial_fee", 30_000) in back and ("monthly_base_fee", 200_000) in back
    assert desk.show(option)["state"] == "billing"


def test_use_that_was_never_recorded_is_not_owed(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01", "basic")
    use(desk, contract, "2022-03", live_hours=80)
    assert ("overage_live_hours", 750) in amounts(lines(desk, contract, "2022-03"))
    (recorded,) = [row for row in desk.feed() if row["kind"] == "usage"]
    never = {"entries": [recorded["id"]], "ground": "never_happened", "reason": "another contract's"}
    told = desk.post(f"/v1/contracts/{contract['id']}/annulments", never)["changes"]["money"]
    assert [(one["kind"], one["after_yen"]) for one in told] == [("overage_live_hours", 0)]
    assert amounts(lines(desk, contract, "2022-03")) == [("initial_fee", 80_000), ("monthly_base_fee", 100_000)]
    use(desk, contract, "2022-03", live_hours=72)
    assert ("overage_live_hours", 150) in amounts(lines(desk, contract, "2022-03"))
