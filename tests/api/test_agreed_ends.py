"""End by agreement over the API: state, amounts and the second person (R38)."""

import pytest

from tests.api.desk import Desk, Json
from tests.api.parts import last_row, refusing
from tests.api.situations import contract_in

REASON = {"reason": "agreed in writing"}


def charges(desk: Desk, contract: Json, kind: str) -> list[tuple[str, int]]:
    found = desk.get(f"/v1/contracts/{contract['id']}/charges")["items"]
    return [(one["month"], one["amount_yen"]) for one in found if one["kind"] == kind]


@pytest.mark.parametrize("state", ["accepted", "billing", "cancel_notified"])
def test_a_contract_ends_on_the_day_agreed_on(desk: Desk, state: str) -> None:
    contract = contract_in(desk, state)
    after = desk.do(contract, "end_by_agreement", ends_on="2022-08-15", owed_yen=50_000, **REASON)
    assert after["state"] == "cancel_notified"
    ending = after["cancellation"]
    assert (ending["effective_on"], ending["decided_by"]) == ("2022-08-15", "agreement")
    assert ending["ends_at"] == "2022-08-16T00:00:00+09:00"
    notice = ending["notices"][-1]
    assert (notice["by"], notice["notice_period_ends_on"]) == ("agreement", None)
    assert last_row(desk, contract)["facts"] == {
        "agreed_on": "2022-04-22", "ends_on": "2022-08-15", "owed_yen": 50_000, "keyed_on": "2022-04-22",
    }  # fmt: skip
    desk.move_to("2022-09-01")
    assert desk.show(contract)["terminated_on"] == "2022-08-15"
    assert charges(desk, contract, "agreed_amount") == [("2022-08", 50_000)]
    statement = desk.get(f"/v1/contracts/{contract['id']}/statements/2022-08")
    assert "agreed_amount" in [line["kind"] for line in statement["lines"]]


def test_a_contract_ends_at_once_if_the_agreed_end_is_past(desk: Desk) -> None:
    contract = contract_in(desk, "billing")
    desk.move_to("2022-07-20")
    after = desk.do(contract, "end_by_agreement", ends_on="2022-06-30", **REASON)
    assert (after["state"], after["terminated_on"]) == ("terminated", "2022-06-30")
    assert after["cancellation"]["notices"][-1]["days_over_served"] == 19
    assert charges(desk, contract, "agreed_amount") == []
    assert "2022-07" not in [month for month, _ in charges(desk, contract, "monthly_base_fee")]
    was = desk.show(contract, effective_at="2022-07-10T00:00:00+09:00")
    believed = desk.show(contract, effective_at="2022-07-10T00:00:00+09:00", known_at="2022-07-10T00:00:00+09:00")
    assert (was["state"], believed["state"]) == ("terminated", "billing")


def test_a_notice_is_postponed_with_consent_by_agreeing_on_an_end(desk: Desk) -> None:
    contract = contract_in(desk, "billing")
    noticed = desk.do(contract, "notify_cancellation", arrived_on="2022-04-22")
    assert noticed["cancellation"]["effective_on"] == "2022-05-22"
    after = desk.do(contract, "end_by_agreement", ends_on="2022-09-30", **REASON)
    assert after["cancellation"]["effective_on"] == "2022-09-30"
    assert "newest_agreement_decides" in {ruling["rule"] for ruling in after["cancellation"]["because"]}
    later = desk.do(contract, "notify_cancellation", arrived_on="2022-04-22")
    assert later["cancellation"]["decided_by"] == "agreement"


def test_an_agreed_end_is_corrected_and_not_revoked(desk: Desk) -> None:
    contract = desk.do(contract_in(desk, "billing"), "end_by_agreement", ends_on="2022-09-30", **REASON)
    assert "revoke_cancellation" not in contract["allowed_events"]
    assert refusing(desk.do(contract, "revoke_cancellation", 409, reason="x")) == [
        ("agreed_end_stands", "Civil Code")
    ]
    body = {"entry": last_row(desk, contract)["id"], "facts": {"ends_on": "2022-10-31"}, "reason": "mistyped"}
    corrected = desk.post(f"/v1/contracts/{contract['id']}/corrections", body)
    assert corrected["cancellation"]["effective_on"] == "2022-10-31"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"ends_on": "2022-09-30"}, "/reason"),
        (REASON, "/ends_on"),
        (REASON | {"ends_on": "2022-09-30", "owed_yen": -1}, "/owed_yen"),
        (REASON | {"ends_on": "2022-09-30", "owed_yen": "5"}, "/owed_yen"),
        (REASON | {"ends_on": "2022-09-30", "owed_yen": 1.5}, "/owed_yen"),
        (REASON | {"ends_on": "1999-12-31"}, "/ends_on"),
    ],
)
def test_an_incomplete_or_impossible_agreement_is_malformed(standing_desk: Desk, body: Json, pointer: str) -> None:
    contract = contract_in(standing_desk, "billing")
    problem = standing_desk.do(contract, "end_by_agreement", 422, **body)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
