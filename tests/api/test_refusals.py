"""A refusal names every rule that refuses, not only the first; nothing is stored."""

import pytest

from tests.api.desk import Desk, Json, path_of
from tests.api.situations import contract_in, option_in

FEES = {"initial_fee_yen": 0, "monthly_fee_yen": 0}
HASTY = {"accepted_on": "2022-04-23", "billing_starts_on": "2022-04-20"}


def rulings(problem: Json) -> list[tuple[str, str, str]]:
    """Return (rule, article, reading) of each ruling, after a check that each has both languages."""
    assert (problem["type"], problem["title"]) == ("/problems/refused", "Refused by the terms")
    assert problem["detail"] == "; ".join(ruling["because"] for ruling in problem["rulings"])
    assert all(ruling["because_ja"] for ruling in problem["rulings"])
    return [(ruling["rule"], ruling["article"], ruling["reading"]) for ruling in problem["rulings"]]


def test_an_acceptance_with_everything_wrong_is_refused_for_everything(desk: Desk) -> None:
    contract = desk.apply(administrator=None, declarations={})
    before = desk.counts()
    assert rulings(desk.do(contract, "accept", 409, **HASTY)) == [
        ("laws_accepted", "Art. 3(3)", "R28"),
        ("rights_cleared", "Art. 3(4)", "R28"),
        ("administrator_named", "Art. 4(1)", "R28"),
        ("not_in_future", "Art. 7", "R34"),
        ("accepted_before_billing_start", "Art. 7", "R34"),
        ("past_billing_start_needs_reason", "House rule", "R34"),
    ]
    assert desk.counts() == before


def test_an_acceptance_must_be_between_the_receipt_and_the_billing_start(desk: Desk) -> None:
    contract = desk.apply(received_on="2022-04-20")
    early = {"accepted_on": "2022-04-19", "billing_starts_on": "2022-04-18", "reason": "entered late"}
    assert rulings(desk.do(contract, "accept", 409, **early)) == [
        ("received_before_accepted", "Art. 7", "R34"),
        ("accepted_before_billing_start", "Art. 7", "R34"),
    ]
    day_for_all = {"accepted_on": "2022-04-20", "billing_starts_on": "2022-04-20", "reason": "entered late"}
    assert desk.do(contract, "accept", **day_for_all)["accepted_on"] == "2022-04-20"


def test_an_acceptance_a_minute_ahead_is_in_the_future(desk: Desk) -> None:
    contract = desk.apply()
    problem = desk.do(contract, "accept", 409, accepted_at="2022-04-22T09:00:01+09:00")
    assert rulings(problem) == [("not_in_future", "Art. 7", "R34")]
    assert desk.do(contract, "accept", accepted_at="2022-04-22T00:00:00Z")["state"] == "accepted"


@pytest.mark.parametrize("day", ["2022-04-23", "2199-12-31"])
def test_an_application_is_not_received_tomorrow(desk: Desk, day: str) -> None:
    body = desk.application | {"reference": "K", "received_on": day}
    assert rulings(desk.post("/v1/contracts", body, 409)) == [("not_in_future", "Art. 7", "R34")]
    assert desk.counts()["contract"] == 0


def test_before_the_first_terms_nothing_can_be_received(desk: Desk) -> None:
    body = desk.application | {"reference": "K", "received_on": "2020-11-30"}
    assert rulings(desk.post("/v1/contracts", body, 409)) == [
        ("terms_in_force", "Supplementary provisions", "R32")
    ]


def test_a_notice_to_an_application_is_refused_with_the_advice_to_withdraw(desk: Desk) -> None:
    for subject in (contract_in(desk, "applied"), option_in(desk, "applied")):
        problem = desk.do(subject, "notify_cancellation", 409)
        assert problem["state"] == "applied"
        assert "withdraw" in problem["allowed_events"]
        assert [(ruling["rule"], ruling["reading"]) for ruling in problem["rulings"]] == [
            ("notice_needs_a_contract", "R10")
        ]
        assert problem["rulings"][0]["because"].endswith("Withdraw the application instead.")
        assert desk.do(subject, "withdraw")["state"] == "withdrawn"


def test_a_notice_of_before_the_acceptance_cancels_no_contract(desk: Desk) -> None:
    contract = desk.apply(received_on="2022-04-18")
    desk.accept(contract, accepted_on="2022-04-21")
    assert rulings(desk.do(contract, "notify_cancellation", 409, arrived_on="2022-04-20")) == [
        ("notice_needs_a_contract", "Art. 6", "R10")
    ]
    assert desk.do(contract, "notify_cancellation", arrived_on="2022-04-21")["state"] == "cancel_notified"


def test_a_late_entry_is_refused_by_the_house_and_not_by_the_terms(desk: Desk) -> None:
    contract = contract_in(desk, "billing")
    desk.move_to("2022-06-30")
    problem = desk.do(contract, "notify_cancellation", 409, arrived_on="2022-04-22")
    assert (problem["type"], problem["title"]) == (
        "/problems/refused", "Refused by a house rule",
    )  # fmt: skip
    (ruling,) = problem["rulings"]
    assert (ruling["article"], ruling["basis"]) == ("House rule", "choice")
    assert ruling["parameters"] == {"arrived_on": "2022-04-22", "limit_days": 31}


def test_a_notice_of_before_the_first_terms_rests_on_none(desk: Desk) -> None:
    contract = contract_in(desk, "billing")
    assert rulings(desk.do(contract, "notify_cancellation", 409, arrived_on="2020-11-30")) == [
        ("terms_in_force", "Supplementary provisions", "R32"),
        ("late_entry_needs_reason", "House rule", "R7"),
        ("notice_needs_a_contract", "Art. 6", "R10"),
    ]


def test_an_option_is_refused_for_everything_that_its_contract_lacks(desk: Desk) -> None:
    basic = desk.apply(item="basic", options=[{"kind": "drm", "reference": "D-1"}])
    offer = {"accepted_on": "2022-04-22", "billing_starts_on": "2022-04-21"} | FEES
    assert rulings(desk.do(basic["options"][0]["id"], "accept", 409, **offer)) == [
        ("option_needs_accepted_contract", "Art. 5(3)", "R17"),
        ("accepted_before_billing_start", "Art. 7", "R34"),
        ("option_needs_premium", "Art. 5(3)", "R17"),
        ("past_billing_start_needs_reason", "House rule", "R34"),
    ]


def test_an_option_never_starts_before_its_contract_nor_after_its_end(desk: Desk) -> None:
    contract = desk.accepted()
    option = desk.apply_for_option(contract)
    offer = FEES | {"billing_starts_on": "2022-04-30"}
    problem = desk.do(option, "accept", 409, **offer)
    assert rulings(problem) == [("option_starts_with_base", "Art. 5(3)", "R17")]
    assert problem["rulings"][0]["on"] == "2022-05-01"
    ends_on = desk.do(contract, "notify_cancellation")["cancellation"]["effective_on"]
    assert ends_on == "2022-05-31"
    late = FEES | {"billing_starts_on": "2022-06-01"}
    assert rulings(desk.do(option, "accept", 409, **late)) == [("option_needs_premium", "Art. 5(3)", "R17")]
    assert desk.do(option, "accept", **FEES, billing_starts_on="2022-05-31")["minimum_term_cut_days"] == 30


def test_an_acceptance_needs_a_billing_start(desk: Desk) -> None:
    contract = desk.apply(requested_billing_start_on=None)
    assert desk.do(contract, "accept", 422) == {
        "type": "/problems/malformed",
        "title": "Malformed input",
        "status": 422,
        "detail": "1 value(s) are malformed.",
        "instance": f"{path_of(contract)}/accept",
        "errors": [{"pointer": "/billing_starts_on", "detail": "is required: the application named none"}],
    }
    assert desk.do(contract, "accept", billing_starts_on="2022-05-01")["state"] == "accepted"
