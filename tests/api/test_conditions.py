"""Conditions of Art. 3(1): visible on the day and later, met or waived; billing waits for a person."""

import pytest

from tests.api.desk import Desk, Json, id_of
from tests.api.part_scenes import WISHES, wishing
from tests.api.parts import NOW, asked, charged, entered, impossible, last_row, refusing
from tests.api.situations import contract_in

OPEN = ["domain", "dns", "certificate"]


def waits(desk: Desk) -> list[tuple[str, str, str]]:
    """(kind, id, what) of everything that waits."""
    return [(item["kind"], item["id"], item["what"]) for item in desk.get("/v1/waiting")["items"]]


def articles(contract: Json) -> list[str]:
    return [ruling["article"] for ruling in contract["conditions"]["because"]]


def test_conditions_of_the_delivery_are_open_until_they_are_met(desk: Desk) -> None:
    domain = {"name": "video.example.jp", "acquired": True, "dns_registered": False}
    some = desk.apply(delivery={"custom_domain": domain, "https": True, "certificate_obtained": False})
    plain = desk.apply(delivery={"custom_domain": None, "https": False})
    assert (some["conditions"]["open"], articles(some)) == (
        ["dns", "certificate"], ["Art. 3(1)(2)", "Art. 3(1)(3)"]
    )  # fmt: skip
    assert plain["conditions"] == {"open": [], "met": [], "waived": [], "because": []}
    met = desk.do(some, "meet_condition", condition="dns", reason="their server answers")
    assert (met["conditions"]["open"], met["conditions"]["met"]) == (["certificate"], ["dns"])
    assert met["conditions"]["settled"] == [{"condition": "dns", "how": "met", "on": "2022-04-22"}]
    row = last_row(desk, some)
    assert (row["event"], row["facts"], row["reason"]) == (
        "meet_condition", {"condition": "dns"}, "their server answers"
    )  # fmt: skip
    assert [ruling["rule"] for ruling in row["rulings"]] == ["condition_settled", "open_condition"]


def test_an_open_condition_keeps_billing_from_starting_on_the_day_and_after(desk: Desk) -> None:
    contract = wishing(desk)
    assert contract["next"] == {"event": "hold_billing", "due_at": "2022-05-01T00:00:00+09:00"}
    assert waits(desk) == [("contract", contract["id"], "open condition")]
    due = desk.get("/v1/due", until="2022-06-01T00:00:00+09:00")["items"]
    assert [(entry["event"], entry["to_state"]) for entry in due] == [("hold_billing", "accepted")]
    desk.move_to("2022-05-01T00:00:00+09:00")
    held = desk.show(contract)
    assert (held["state"], held["billing_held"], held["billing_starts_on"]) == ("accepted", True, None)
    assert (held["conditions"]["open"], held["next"]) == (OPEN, None)
    row = last_row(desk, contract)
    assert (row["event"], row["actor"], row["caused_by"]) == ("hold_billing", "clock", f"{contract['id']}.2")
    assert row["facts"]["conditions"] == OPEN
    desk.move_to("2022-07-01")
    assert desk.show(contract) == held
    assert waits(desk) == [("contract", contract["id"], "billing held")]
    assert [charge["kind"] for charge in charged(desk, contract)] == ["initial_fee"]


def test_once_all_is_settled_billing_starts_on_the_day_that_a_person_sets(desk: Desk) -> None:
    contract = wishing(desk)
    desk.move_to("2022-05-03")
    desk.do(contract, "meet_condition", condition="domain")
    desk.do(contract, "meet_condition", condition="dns")
    settled = desk.do(contract, "waive_condition", condition="certificate", reason="it comes this week")
    told = settled["conditions"]
    assert (told["open"], told["met"], told["waived"]) == ([], ["domain", "dns"], ["certificate"])
    days = [("domain", "met"), ("dns", "met"), ("certificate", "waived")]
    assert [(one["condition"], one["how"]) for one in told["settled"]] == days
    assert {one["on"] for one in told["settled"]} == {"2022-05-03"}
    mistyped = {"entry": f"{contract['id']}.4", "facts": {"met_on": "2022-05-02"}, "reason": "mistyped"}
    desk.post(f"/v1/contracts/{contract['id']}/corrections", mistyped)
    told = desk.show(contract)["conditions"]["settled"]
    assert [one["on"] for one in told] == ["2022-05-02", "2022-05-03", "2022-05-03"]
    before = desk.show(contract, effective_at="2022-05-02T12:00:00+09:00")["conditions"]
    assert [one["condition"] for one in before["settled"]] == ["domain"]
    assert (settled["billing_held"], settled["next"]) == (True, None)
    assert waits(desk) == [("contract", contract["id"], "billing held")]
    moved = desk.do(contract, "reschedule_billing", billing_starts_on="2022-05-10")
    assert (moved["billing_starts_on"], moved["minimum_term_ends_on"]) == ("2022-05-10", "2022-06-09")
    assert waits(desk) == []
    desk.move_to("2022-05-10")
    assert desk.show(contract)["state"] == "billing"


def test_a_condition_met_in_time_leaves_the_day_as_agreed(desk: Desk) -> None:
    contract = wishing(desk)
    for condition in OPEN:
        contract = desk.do(contract, "meet_condition", condition=condition)
    assert contract["next"]["event"] == "start_billing"
    desk.move_to("2022-05-01")
    assert (desk.show(contract)["state"], desk.show(contract)["billing_starts_on"]) == ("billing", "2022-05-01")


def test_only_an_open_condition_can_be_met_or_waived(desk: Desk) -> None:
    contract = wishing(desk)
    desk.do(contract, "meet_condition", condition="domain")
    for event in ("meet_condition", "waive_condition"):
        before = desk.counts()
        problem = desk.do(contract, event, 409, condition="domain", reason="again")
        assert refusing(problem) == [("needs_open_condition", "Art. 3(1)(1)")]
        assert desk.counts() == before
    problem = desk.do(desk.accepted(), "meet_condition", 409, condition="certificate")
    assert problem["detail"] == (
        "The condition “acquisition of the server certificate” is not open for this contract."
    )


@pytest.mark.parametrize("state", ["rejected", "withdrawn", "terminated"])
@pytest.mark.parametrize("event", ["meet_condition", "waive_condition"])
def test_a_terminated_contract_has_no_conditions_to_settle(desk: Desk, state: str, event: str) -> None:
    contract = contract_in(desk, state)
    impossible(desk.do(contract, event, 409, condition="dns", reason="late"), event, state, [])


def test_held_billing_still_ends_by_a_notice_and_then_waits_no_more(desk: Desk) -> None:
    contract = wishing(desk)
    desk.move_to("2022-05-02")
    ended = desk.do(contract, "notify_cancellation")
    assert (ended["cancellation"]["effective_on"], ended["cancellation"]["billing_starts"]) == (
        "2022-06-01", False
    )  # fmt: skip
    desk.move_to("2022-06-02")
    assert desk.show(contract)["state"] == "terminated"
    assert waits(desk) == []


def test_everything_that_waits_is_listed_page_by_page(desk: Desk) -> None:
    applied = desk.apply(options=[{"kind": "drm", "reference": "D"}])
    change = asked(desk, entered(desk, "2022-03-01"), "premium")
    held = [id_of(wishing(desk)) for _ in range(3)]
    incomplete = desk.apply(delivery=WISHES, administrator=None)
    found, cursor = [], {}
    while True:
        page = desk.get("/v1/waiting", limit=2, **cursor)
        found += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert [item["id"] for item in found] == sorted({item["id"] for item in found})
    kinds = {item["id"]: (item["kind"], item["what"], item["reference"]) for item in found}
    assert kinds[applied["id"]] == ("contract", "application", applied["reference"])
    assert kinds[applied["options"][0]["id"]] == ("option", "application", "D")
    assert kinds[change["id"]] == ("item_change", "application", change["reference"])
    assert [kinds[id_][1] for id_ in held] == ["open condition"] * 3
    assert {item["waits_for"] for item in found} == {
        "application",
        "option",
        "item_change",
        "condition",
        "incomplete",
    }
    assert [item["id"] for item in found if item["waits_for"] == "incomplete"] == [incomplete["id"]]
    rulings = {item["id"]: item["rulings"] for item in found}
    assert [ruling["article"][:9] for ruling in rulings[held[0]]] == ["Art. 3(1)"] * 3


def test_the_state_before_a_condition_was_met_can_still_be_queried(desk: Desk) -> None:
    contract = wishing(desk)
    desk.move_to("2022-05-02")
    desk.do(contract, "meet_condition", condition="dns")
    before = desk.show(contract, known_at=NOW, effective_at=NOW)
    assert (before["conditions"]["open"], before["billing_held"]) == (OPEN, False)
    after = desk.show(contract, known_at=NOW, effective_at="2022-05-01T12:00:00+09:00")
    assert after["billing_held"] is True
