"""A correction moves no past event into the future, and refers to no missing notice (R34, R35)."""

import pytest

from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.parts import claim, measured, outage
from tests.right.test_corrections import correct, row

TOMORROW = "2022-06-11"
MIDNIGHT = f"{TOMORROW}T00:00:00+09:00"


@pytest.fixture
def book(open_desk: OpenDesk) -> tuple[Desk, Json, dict[str, str]]:
    """A contract with a waiver, a measure and a claimed credit; their rows by what they are. It is 10 June."""
    desk = open_desk("2022-04-20T09:00:00+09:00")
    delivery = {"custom_domain": None, "https": True, "certificate_obtained": False}
    contract = desk.accepted(requested_billing_start_on="2022-05-01", delivery=delivery)
    desk.do(contract, "waive_condition", condition="certificate", reason="it follows")
    desk.move_to("2022-06-10")
    hit = outage(desk, [contract], "2022-06-01T00:00:00+09:00", recovered_at="2022-06-04T00:00:00+09:00")
    claim(desk, contract, hit, claimed_on="2022-06-10")
    measure = measured(desk, contract)
    history = desk.get(f"{path_of(contract)}/credits/{hit['id']}/history")["items"]
    return desk, contract, {
        "a claim": next(one["id"] for one in history if one["event"] == "claim"),
        "a measure": desk.get(f"/v1/measures/{measure['id']}/history")["items"][0]["id"],
        "a waiver": row(desk, contract, "waive_condition")["id"],
    }  # fmt: skip


@pytest.mark.parametrize("fact", ["claimed_on", "claimed_at"])
def test_no_claim_is_in_the_future(book: tuple[Desk, Json, dict[str, str]], fact: str) -> None:
    desk, contract, ids = book
    found = correct(desk, contract, ids["a claim"], {fact: TOMORROW if fact == "claimed_on" else MIDNIGHT}, 409)
    assert [ruling["rule"] for ruling in found["rulings"]] == ["not_in_future"]
    (credit,) = desk.get(f"{path_of(contract)}/credits")["items"]
    assert credit["state"] == "claimed"


@pytest.mark.parametrize(
    ("what", "fact", "value"),
    [
        ("a measure", "taken_at", MIDNIGHT),
        ("a waiver", "waived_on", TOMORROW),
        ("a waiver", "waived_at", MIDNIGHT),
    ],
)
def test_a_correction_cannot_move_an_event_into_the_future(
    book: tuple[Desk, Json, dict[str, str]], what: str, fact: str, value: str
) -> None:
    desk, contract, ids = book
    found = correct(desk, contract, ids[what], {fact: value}, 422)
    assert found["errors"] == [{"pointer": f"/facts/{fact}", "detail": "lies in the future"}]


def test_a_revocation_names_a_notice_that_is_there(desk: Desk) -> None:
    contract = desk.accepted()
    desk.do(contract, "notify_cancellation", arrived_on="2022-04-22")
    desk.do(contract, "revoke_cancellation", reason="both agree")
    entry = row(desk, contract, "revoke_cancellation")["id"]
    for notice in ("nonsense", row(desk, contract, "accept")["id"]):
        assert correct(desk, contract, entry, {"notice": notice}, 404)["detail"] == "There is no such notice."
    other = row(desk, contract, "notify_cancellation")["id"]
    assert correct(desk, contract, entry, {"notice": other})["state"] == "accepted"
