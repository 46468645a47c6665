"""Fees: of the accepted item, agreed later, and dropped with an event that has no effect (R22, R24)."""

from typing import Any

import pytest

from tests.api.desk import Desk, Json, Subject, path_of
from tests.api.parts import amounts, entered, lines, refusing, use

FULL = ("monthly_base_fee", 100_000)


def change_of(desk: Desk, contract: Subject, accepted_on: str, effective_on: str, **more: Any) -> Json:
    """An accepted change to Premium, without a fee unless one is given."""
    body = {"item": "premium", "reference": f"I-{next(desk.numbers)}", "received_on": accepted_on}
    change = desk.post(f"{path_of(contract)}/item_changes", body, 201)
    facts = {"accepted_on": accepted_on, "effective_on": effective_on, "reason": "entered late"}
    return desk.do(change, "accept", **facts | more)


def with_option(desk: Desk) -> tuple[Json, Json]:
    """Premium with the DRM option at 5,000 yen a month, both since 1 March."""
    contract = entered(desk, "2022-03-01", item="premium")
    option = desk.apply_for_option(contract, received_on="2022-03-01")
    desk.accept(option, accepted_on="2022-03-01", billing_starts_on="2022-03-01", reason="entered late")
    return contract, option


def test_the_initial_fee_is_that_of_the_item_accepted(desk: Desk) -> None:
    desk.move_to("2022-10-20")
    contract = desk.apply(item="basic", received_on="2022-10-01", requested_billing_start_on="2022-10-01")
    desk.accept(contract, accepted_on="2022-10-01", reason="entered late")
    change_of(desk, contract, "2022-10-01", "2022-10-01")
    assert desk.show(contract)["item"] == "premium"
    assert amounts(lines(desk, contract, "2022-10")) == [
        ("initial_fee", 80_000), ("monthly_base_fee", 200_000), ("one_off_fee", None),
    ]  # fmt: skip


@pytest.mark.parametrize("late", [False, True], ids=["in time", "entered late"])
def test_no_part_is_accepted_before_its_contract(desk: Desk, late: bool) -> None:
    contract = desk.apply(item="premium", received_on="2022-04-01")
    option = desk.apply_for_option(contract, received_on="2022-04-01")
    body = {"item": "basic", "reference": "I", "received_on": "2022-04-01"}
    change = desk.post(f"{path_of(contract)}/item_changes", body, 201)
    if late:
        desk.accept(contract, accepted_on="2022-04-10")
    terms = {"billing_starts_on": "2022-05-01", "initial_fee_yen": 30_000, "monthly_fee_yen": 5_000}
    found = desk.do(option, "accept", 409, accepted_on="2022-04-05", **terms)
    assert refusing(found)
    refused = desk.do(change, "accept", 409, accepted_on="2022-04-05", effective_on="2022-06-01", fee_yen=50_000)
    assert ("change_needs_a_contract", "Art. 7") in refusing(refused)
    kinds = {kind for kind, _ in amounts(lines(desk, contract, "2022-04"))}
    assert not {"option_initial_fee", "one_off_fee"} & kinds


def test_a_fee_not_agreed_at_the_acceptance_is_set_once(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01")
    change = change_of(desk, contract, "2022-04-01", "2022-04-16")
    assert change["state"] == "effective" and "set_fee" in change["allowed_events"]
    assert ("one_off_fee", None) in amounts(lines(desk, contract, "2022-04"))
    assert refusing(desk.do(change, "set_fee", 409, fee_yen=1, agreed_on="2022-04-23"))[0][0] == "not_in_future"
    done = desk.do(change, "set_fee", fee_yen=30_000, agreed_on="2022-04-22")
    assert (done["fee_yen"], done["state"], done["allowed_events"]) == (30_000, "effective", [])
    assert ("one_off_fee", 30_000) in amounts(lines(desk, contract, "2022-04"))
    assert refusing(desk.do(change, "set_fee", 409, fee_yen=1)) == [("fee_is_set", "Art. 7")]


def test_a_fee_of_a_change_that_was_never_accepted_is_not_set(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01")
    body = {"item": "premium", "reference": "I", "received_on": "2022-04-01"}
    change = desk.post(f"{path_of(contract)}/item_changes", body, 201)
    desk.do(change, "set_fee", 409, fee_yen=1)
    desk.do(change, "reject", reason="not now")
    assert refusing(desk.do(change, "set_fee", 409, fee_yen=1)) == [("fee_needs_acceptance", "Art. 7")]


def test_an_option_fee_changed_in_mid_month_is_billed_by_days_and_rounded_once(desk: Desk) -> None:
    contract, option = with_option(desk)
    changed = desk.do(option, "change_fees", monthly_fee_yen=7_777, from_on="2022-04-11", agreed_on="2022-04-05")
    assert changed["fee_changes"] == [
        {"monthly_fee_yen": 7_777, "from_on": "2022-04-11", "agreed_on": "2022-04-05"}
    ]
    months = ("2022-03", "2022-04", "2022-05")
    billed = [dict(amounts(lines(desk, contract, month)))["monthly_option_fee"] for month in months]
    assert billed == [5_000, (5_000 * 10 + 7_777 * 20) // 30, 7_777]


def test_of_two_agreements_about_a_day_the_newest_counts_in_any_order_of_entry(desk: Desk) -> None:
    older = {"monthly_fee_yen": 8_000, "from_on": "2022-06-01", "agreed_on": "2022-04-05"}
    newer = {"monthly_fee_yen": 6_000, "from_on": "2022-05-01", "agreed_on": "2022-04-10"}
    for order in ((older, newer), (newer, older)):
        contract, option = with_option(desk)
        for agreement in order:
            desk.do(option, "change_fees", **agreement)
        billed = [dict(amounts(lines(desk, contract, m)))["monthly_option_fee"] for m in ("2022-05", "2022-06")]
        assert billed == [6_000, 6_000]
        assert [one["agreed_on"] for one in desk.show(option)["fee_changes"]] == ["2022-04-05", "2022-04-10"]


def test_an_annulled_agreement_on_a_fee_counts_no_more(desk: Desk) -> None:
    contract, option = with_option(desk)
    desk.do(option, "change_fees", monthly_fee_yen=50_000, from_on="2022-05-01", agreed_on="2022-04-05")
    entry = desk.history(option)[-1]["id"]
    body = {"entries": [entry], "ground": "never_happened", "reason": "another customer's"}
    desk.post(f"{path_of(contract)}/annulments", body)
    assert dict(amounts(lines(desk, contract, "2022-05")))["monthly_option_fee"] == 5_000
    assert desk.show(option)["fee_changes"] == []


def test_a_mistyped_fee_is_corrected(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01")
    change = change_of(desk, contract, "2022-04-01", "2022-05-01", fee_yen=500_000)
    entry = desk.history(change)[-1]["id"]
    body = {"entry": entry, "facts": {"fee_yen": 50_000}, "reason": "mistyped"}
    desk.post(f"{path_of(contract)}/corrections", body)
    assert ("one_off_fee", 50_000) in amounts(lines(desk, contract, "2022-04"))


# --- usage --------------------------------------------------------------------------------------


def test_a_meter_that_a_later_entry_leaves_out_stays(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01")
    use(desk, contract, "2022-03", transcode_hours="300")
    both = use(desk, contract, "2022-03", delivery_gb="1001")
    assert (both["transcode_hours"], both["delivery_gb"]) == ("300", "1001")
    over = [("overage_delivery_gb", 8), ("overage_transcode_hours", 30_000)]
    assert amounts(lines(desk, contract, "2022-03"))[-2:] == over
    refused = use(desk, contract, "2022-03", 409, transcode_hours=None)
    assert refusing(refused) == [("clearing_needs_reason", "House rule")]
    cleared = use(desk, contract, "2022-03", transcode_hours=None, reason="another contract's")
    assert (cleared["transcode_hours"], cleared["delivery_gb"]) == ("0", "1001")
    rows = [row["facts"] for row in desk.feed() if row["subject_id"] == cleared["id"]][1:]
    assert rows == [{"delivery_gb": "1001"}, {"cleared": ["transcode_hours"]}]
