"""Item changes: their lifecycle, a blocking option, the agreed fee, the minimum term and crossing ends."""

import pytest

from tests.api.desk import Desk, Json, path_of
from tests.api.parts import amounts, asked, charged, entered, impossible, last_row, measured, refusing
from tests.api.situations import contract_in

JUNE = {"effective_on": "2022-06-01"}
ALLOWED = {
    "applied": ["accept", "reject", "withdraw"], "accepted": ["withdraw", "set_fee"], "effective": ["set_fee"],
    "withdrawn": ["set_fee"],
}  # fmt: skip


def change_in(desk: Desk, state: str) -> Json:
    """A change from Basic to Premium in a state."""
    change = asked(desk, entered(desk, "2022-03-01"), "premium")
    if state == "rejected":
        desk.do(change, "reject", reason="not now")
    elif state != "applied":
        desk.do(change, "accept", **JUNE)
    if state == "withdrawn":
        desk.do(change, "withdraw")
    if state == "effective":
        desk.move_to("2022-06-01")
    return desk.show(change)


@pytest.mark.parametrize("state", ["applied", "accepted", "effective", "rejected", "withdrawn"])
def test_an_item_change_allows_the_events_of_its_state_alone(desk: Desk, state: str) -> None:
    change = change_in(desk, state)
    assert (change["state"], change["allowed_events"]) == (state, ALLOWED.get(state, []))
    for event, body in (("accept", JUNE), ("reject", {"reason": "no"}), ("withdraw", {})):
        if event not in change["allowed_events"]:
            impossible(desk.do(change, event, 409, **body), event, state, ALLOWED.get(state, []))
    assert desk.show(change) == change


def test_the_clock_makes_an_item_change_effective_and_the_minimum_term_stays(desk: Desk) -> None:
    contract = desk.accepted(item="basic")
    change = asked(desk, contract, "premium")
    accepted = desk.do(change, "accept", effective_on="2022-05-15", fee_yen=5_000)
    assert accepted["next"] == {"event": "take_effect", "due_at": "2022-05-15T00:00:00+09:00"}
    assert [(r["rule"], r["article"], r.get("amount_yen")) for r in last_row(desk, change)["rulings"]] == [
        ("one_off_fee", "Art. 7", 5_000), ("item_changes", "Art. 1", None)
    ]  # fmt: skip
    due = desk.get("/v1/due", until="2022-06-01T00:00:00+09:00")["items"]
    assert [entry["event"] for entry in due] == ["start_billing", "take_effect", "change_item"]
    desk.move_to("2022-05-15T00:00:00+09:00")
    done, now = desk.show(change), desk.show(contract)
    assert (done["state"], done["former_item"], done["next"]) == ("effective", "basic", None)
    assert (now["item"], now["minimum_term_ends_on"]) == ("premium", "2022-05-31")
    took, became = last_row(desk, change), last_row(desk, contract)
    assert (took["actor"], took["caused_by"]) == ("clock", f"{change['id']}.2")
    assert (became["event"], became["caused_by"]) == ("change_item", took["id"])
    assert ("one_off_fee", 5_000) in amounts(charged(desk, contract))


def test_a_fee_without_a_value_is_null_and_flagged(desk: Desk) -> None:
    change = change_in(desk, "accepted")
    assert change["fee_yen"] is None
    fee = next(c for c in charged(desk, change["contract_id"]) if c["kind"] == "one_off_fee")
    assert (fee["amount_yen"], fee["flag"]) == (None, "fee not set")
    assert "not set" in fee["ruling"]["because"]


def test_a_change_to_basic_is_refused_while_the_option_is_in_force(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01", "premium")
    option = desk.accept(desk.apply_for_option(contract), billing_starts_on="2022-04-22")
    change = asked(desk, contract, "basic")
    problem = desk.do(change, "accept", 409, **JUNE | {"effective_on": "2022-05-01"})
    assert refusing(problem) == [("option_needs_premium", "Art. 5(3)")]
    assert (problem["rulings"][0]["on"], option["id"] in problem["detail"]) == ("2022-05-23", True)
    desk.do(option, "notify_cancellation")
    assert desk.do(change, "accept", effective_on="2022-05-23")["state"] == "accepted"
    back = desk.do(option, "revoke_cancellation", 409, reason="agreed")
    assert refusing(back) == [("change_relies_on_end", "Art. 5(3)")]
    desk.do(change, "withdraw")
    assert desk.do(option, "revoke_cancellation", reason="agreed")["state"] == "billing"


def test_a_change_to_the_item_it_has_on_that_day_is_refused(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01", "premium")
    same = asked(desk, contract, "premium")
    assert refusing(desk.do(same, "accept", 409, **JUNE)) == [("another_item", "Art. 1")]
    desk.do(asked(desk, contract, "basic"), "accept", **JUNE)
    assert desk.do(same, "accept", effective_on="2022-07-01")["state"] == "accepted"


def test_every_refusal_of_an_acceptance_is_named_at_once(desk: Desk) -> None:
    contract = desk.apply(received_on="2022-04-20")
    change = asked(desk, contract, "premium", received_on="2022-04-21")
    problem = desk.do(change, "accept", 409, accepted_on="2022-04-20", effective_on="2022-04-19")
    assert refusing(problem) == [
        ("change_needs_a_contract", "Art. 7"),
        ("received_before_accepted", "Art. 7"),
        ("change_after_acceptance", "Art. 7"),
        ("past_change_needs_reason", "House rule"),
        ("another_item", "Art. 1"),
    ]
    late = desk.do(change, "accept", 409, accepted_at="2022-04-22T09:00:01+09:00", effective_on="2022-06-01")
    assert ("not_in_future", "Art. 7") in refusing(late)


@pytest.mark.parametrize("state", ["rejected", "withdrawn", "terminated"])
def test_a_terminated_contract_accepts_no_item_change_and_no_measure(desk: Desk, state: str) -> None:
    contract = contract_in(desk, state)
    desk.move_to("2022-04-23")
    impossible(asked(desk, contract, "basic", 409, received_on="2022-04-23"), "apply", state, [])
    impossible(measured(desk, contract, 409), "take", state, [])


def test_the_identical_application_is_the_same_change_and_another_is_a_duplicate(desk: Desk) -> None:
    contract = entered(desk, "2022-03-01")
    change = asked(desk, contract, "premium", reference="I")
    change.pop("changes")  # it was received before what is on record
    assert asked(desk, contract, "premium", 200, reference="I") == change
    problem = asked(desk, contract, "basic", 409, reference="I")
    assert (problem["type"], problem["existing"]) == ("/problems/duplicate", path_of(change))
    assert desk.get(f"{path_of(contract)}/item_changes") == {"items": [change], "next": None}


@pytest.mark.parametrize("first", ["notice", "change"])
def test_a_notice_and_a_pending_change_that_cross_are_settled_by_their_days(desk: Desk, first: str) -> None:
    contract = entered(desk, "2022-03-01")  # a notice today ends it on 22 May
    before, after = asked(desk, contract, "premium"), asked(desk, contract, "basic")
    desk.do(before, "accept", effective_on="2022-05-20")
    if first == "notice":
        desk.do(contract, "notify_cancellation")
        refusal = desk.do(after, "accept", 409, **JUNE)
        assert refusing(refusal) == [("contract_over", "Art. 6")]
        assert after["state"] == "applied"
    else:
        desk.do(after, "accept", **JUNE)
        desk.do(contract, "notify_cancellation")
    desk.move_to("2022-05-23")
    assert [desk.show(change)["state"] for change in (before, after)] == ["effective", "rejected"]
    assert desk.show(contract)["item"] == "premium"
    row = last_row(desk, after)
    assert (row["event"], row["actor"], row["caused_by"]) == ("lapse", "clock", f"{contract['id']}.4")
