"""The lifecycle of credits: claimable by the clock, claimed once and in time, credited, lapsed or refused."""

import pytest

from tests.api.desk import Desk, Json, path_of
from tests.api.parts import amounts, claim, credits_of, entered, impossible, later, lines, outage, refusing

KNOWN = "2022-04-22T08:00:00+09:00"


@pytest.fixture
def contract(desk: Desk) -> Json:
    return entered(desk, "2022-03-01")


def test_a_credit_becomes_claimable_after_a_day_of_an_ongoing_outage(desk: Desk, contract: Json) -> None:
    hit = outage(desk, [contract], KNOWN)
    fresh = credits_of(desk, contract)[0]
    assert (fresh["state"], fresh["next"]) == (
        "open",
        {"event": "become_claimable", "due_at": later(KNOWN, days=1)},
    )
    early = claim(desk, contract, hit, 409)
    assert early["type"] in ("/problems/not-possible", "/problems/refused")
    desk.move_to(later(KNOWN, days=1))
    ready = credits_of(desk, contract)[0]
    assert (ready["state"], ready["allowed_events"]) == ("claimable", ["claim"])
    assert (ready["claimable_on"], ready["last_claim_on"]) == ("2022-04-23", "2022-07-23")
    assert ready["next"] == {"event": "lapse", "due_at": "2022-07-24T00:00:00+09:00"}


def test_a_claim_is_made_once_and_credited_with_its_month(desk: Desk, contract: Json) -> None:
    hit = outage(desk, [contract], KNOWN)
    desk.move_to(later(KNOWN, days=2, hours=1))
    desk.do(hit, "recover", recovered_at=later(KNOWN, days=2))
    done = claim(desk, contract, hit, reason="by telephone")
    assert (done["state"], done["claimed_on"], done["units"], done["amount_yen"]) == (
        "claimed", "2022-04-24", 2, 6666
    )  # fmt: skip
    assert done["next"] == {"event": "credit", "due_at": "2022-05-01T00:00:00+09:00"}
    impossible(claim(desk, contract, hit, 409), "claim", "claimed", [])
    assert ("outage_credit", -6666) in amounts(lines(desk, contract, "2022-04"))
    desk.move_to("2022-05-01T00:00:00+09:00")
    assert credits_of(desk, contract)[0]["state"] == "credited"
    impossible(claim(desk, contract, hit, 409), "claim", "credited", [])
    assert ("outage_credit", -6666) in amounts(lines(desk, contract, "2022-04"))
    rows = [row for row in desk.feed() if row["subject_id"] == done["id"]]
    assert [row["event"] for row in rows] == ["open", "become_claimable", "recover", "claim", "credit"]
    assert rows[-1]["caused_by"] == rows[-2]["id"]
    assert {ruling["rule"] for ruling in rows[-1]["rulings"]} == {"outage_credit", "claim_window"}


def test_live_a_claim_is_taken_one_second_before_it_lapses_and_not_one_after(desk: Desk) -> None:
    two = [entered(desk, "2022-03-01") for _ in range(2)]
    hit = outage(desk, two, "2022-04-20T08:00:00+09:00", recovered_at="2022-04-22T08:00:00+09:00")
    end = "2022-07-22T00:00:00+09:00"
    desk.move_to(later(end, seconds=-1))
    assert claim(desk, two[0], hit)["claimed_on"] == "2022-07-21"
    desk.move_to(end)
    assert credits_of(desk, two[1])[0]["state"] == "lapsed"
    desk.move_to(later(end, seconds=1))
    problem = claim(desk, two[1], hit, 409)
    assert refusing(problem) == [("claim_in_time", "Art. 8")]
    assert problem["rulings"][0]["on"] == "2022-07-21"
    assert claim(desk, two[1], hit, claimed_on="2022-07-21", reason="found in the post room")["state"] == "claimed"


def test_a_claim_is_not_made_tomorrow_nor_before_it_is_possible(desk: Desk, contract: Json) -> None:
    hit = outage(desk, [contract], "2022-04-01T08:00:00+09:00", recovered_at="2022-04-03T08:00:00+09:00")
    tomorrow = claim(desk, contract, hit, 409, claimed_at="2022-04-22T09:00:01+09:00")
    assert [ruling["rule"] for ruling in tomorrow["rulings"]] == ["not_in_future"]
    early = claim(desk, contract, hit, 409, claimed_on="2022-04-01")
    assert refusing(early) == [("claim_in_time", "Art. 8")]


def test_an_outage_that_does_not_concern_the_contract_earns_it_nothing(desk: Desk, contract: Json) -> None:
    other = entered(desk, "2022-03-01")
    hit = outage(desk, [other], KNOWN)
    assert claim(desk, contract, hit, 404)["detail"] == "There is no such credit."
    assert credits_of(desk, contract) == []


@pytest.mark.parametrize(("fault", "state"), [(False, "refused"), (None, "open"), (True, "claimable")])
def test_only_the_companys_own_fault_earns_a_credit(
    desk: Desk, contract: Json, fault: bool | None, state: str
) -> None:
    hit = outage(desk, [contract], "2022-04-20T08:00:00+09:00", attributable=fault)
    credit = credits_of(desk, contract)[0]
    assert (credit["state"], credit["attributable"]) == (state, fault)
    if fault is False:
        assert [r["rule"] for r in credit["because"]] == ["own_fault"]
    if fault is None:
        assert claim(desk, contract, hit)["state"] == "open"  # the claim waits for the fault to be known (R27)
        desk.do(hit, "attribute", attributable=True)
        assert credits_of(desk, contract)[0]["state"] == "claimed"


def test_an_outage_of_less_than_a_day_is_refused_with_its_duration(desk: Desk, contract: Json) -> None:
    outage(desk, [contract], "2022-04-20T08:00:00+09:00", recovered_at="2022-04-21T07:59:59+09:00")
    credit = credits_of(desk, contract)[0]
    assert (credit["state"], credit["units"], credit["amount_yen"], credit["next"]) == ("refused", 0, 0, None)
    assert "23 hours 59 minutes 59 seconds" in credit["because"][0]["because"]


def test_a_credit_up_to_the_contracts_last_day_is_on_that_months_statement(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01")
    desk.do(contract, "notify_cancellation", arrived_on="2022-03-31", reason="late")
    assert desk.show(contract)["cancellation"]["effective_on"] == "2022-04-30"
    hit = outage(desk, [contract], "2022-04-21T00:00:00+09:00")
    desk.move_to("2022-04-30")
    claim(desk, contract, hit)
    desk.move_to("2022-05-02")
    assert credits_of(desk, contract)[0]["state"] == "credited"
    assert amounts(lines(desk, contract, "2022-04")) == [("monthly_base_fee", 100_000), ("outage_credit", -33_333)]
    assert lines(desk, contract, "2022-05") == []


def test_the_cause_of_a_credit_is_its_outage_and_the_forecast_knows_its_timer(desk: Desk, contract: Json) -> None:
    hit = outage(desk, [contract], KNOWN)
    due = desk.get("/v1/due", until="2022-09-01T00:00:00+09:00")["items"]
    assert [(entry["kind"], entry["event"], entry["caused_by"]) for entry in due] == [
        ("credit", "become_claimable", f"{hit['id']}.1"), ("credit", "lapse", f"{hit['id']}.1")
    ]  # fmt: skip
    assert desk.get(f"{path_of(hit)}/history")["items"][0]["rulings"][0]["rule"] == "outage_known"
