"""Late facts take effect at their own time: days, states, credits and past answers follow (R16)."""

from typing import Any

import pytest

from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.parts import asked, claim, credits_of, outage

LATE = "found late"


def running(desk: Desk, start: str, **changes: Any) -> Json:
    """A contract received and accepted today, for a billing start."""
    return desk.accepted(requested_billing_start_on=start, **changes)


def at(desk: Desk, contract: Json, moment: str, **query: str) -> Json:
    """A contract as of noon of a day."""
    return desk.show(contract, effective_at=f"{moment}T12:00:00+09:00", **query)


def earned(desk: Desk, contract: Json) -> list[tuple[str, int, int]]:
    """State, units and yen of each credit."""
    return [(one["state"], one["units"], one["amount_yen"]) for one in credits_of(desk, contract)]


def test_a_notice_found_after_an_end_already_fired_moves_the_end_back(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-10-26T09:00:00+09:00")
    contract = running(desk, "2022-10-27")
    desk.move_to("2022-12-20")
    desk.do(contract, "notify_cancellation", arrived_on="2022-12-20")
    desk.move_to("2023-02-01")
    assert desk.show(contract)["terminated_on"] == "2023-01-19"

    found = desk.do(contract, "notify_cancellation", arrived_on="2022-11-20", reason=LATE)
    assert (found["state"], found["terminated_on"]) == ("terminated", "2022-12-20")
    changes = found["changes"]
    assert [(row["event"], row["effective_at"]) for row in changes["superseded"]] == [
        ("terminate", "2023-01-20T00:00:00+09:00")
    ]
    assert [(row["event"], row["effective_at"]) for row in changes["added"]] == [
        ("terminate", "2022-12-21T00:00:00+09:00")
    ]
    assert {(one["month"], one["kind"]) for one in changes["money"]} == {
        ("2022-12", "monthly_base_fee"), ("2023-01", "monthly_base_fee")
    }  # fmt: skip
    assert changes["documents"] == ["cancellation", "statement"]

    assert at(desk, contract, "2023-01-05")["state"] == "terminated"
    believed = at(desk, contract, "2023-01-05", known_at="2023-01-31T12:00:00+09:00")
    assert believed["state"] == "cancel_notified"


def test_an_item_change_entered_after_a_notice_takes_effect_on_its_own_day(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-09-11T09:00:00+09:00")
    contract = running(desk, "2022-10-01", item="basic")
    desk.move_to("2022-10-21")
    desk.do(contract, "notify_cancellation", arrived_on="2022-10-20")
    change = asked(desk, contract, "premium", received_on="2022-10-10")
    desk.do(change, "accept", accepted_on="2022-10-10", effective_on="2022-10-10", reason=LATE)
    assert at(desk, contract, "2022-10-15")["state"] == "billing"
    assert (at(desk, contract, "2022-10-15")["item"], at(desk, contract, "2022-10-05")["item"]) == (
        "premium", "basic",
    )  # fmt: skip


def test_a_billing_start_agreed_late_counts_from_its_own_day(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-10-21T09:00:00+09:00")
    domain = {"name": "a.example.jp", "acquired": True, "dns_registered": False}
    contract = running(desk, "2022-10-22", delivery={"custom_domain": domain, "https": False})
    desk.move_to("2022-10-26")
    assert desk.show(contract)["billing_held"]
    desk.do(contract, "waive_condition", condition="dns", reason="the operator vouches for it")
    desk.do(contract, "reschedule_billing", billing_starts_on="2022-10-24", reason="agreed")
    then = at(desk, contract, "2022-10-25")
    assert (then["state"], then["billing_starts_on"], then["billing_held"]) == ("billing", "2022-10-24", False)


def test_an_outage_of_all_reaches_a_contract_that_is_entered_later(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-06-11T09:00:00+09:00")
    outage(desk, "all", "2022-06-05T00:00:00+09:00", recovered_at="2022-06-08T00:00:00+09:00")
    contract = desk.apply(item="basic", received_on="2022-06-01", requested_billing_start_on="2022-06-02")
    desk.accept(contract, accepted_on="2022-06-01", reason=LATE)
    assert earned(desk, contract) == [("claimable", 3, 10_000)]


def test_an_ongoing_outage_counts_up_to_now_and_its_late_recovery_counts(open_desk: OpenDesk) -> None:
    desk = open_desk("2021-12-01T09:00:00+09:00")
    contract = running(desk, "2022-01-01")
    desk.move_to("2022-06-01")
    desk.do(contract, "notify_cancellation", arrived_on="2022-06-01")
    desk.move_to("2022-06-10T08:00:00+09:00")
    hit = outage(desk, "all", "2022-06-10T08:00:00+09:00")
    desk.move_to("2022-06-11T10:00:00+09:00")
    assert earned(desk, contract) == [("claimable", 1, 6_666)]
    claim(desk, contract, hit)
    desk.move_to("2022-08-05")
    desk.do(hit, "recover", recovered_at="2022-06-11T09:00:00+09:00")
    assert earned(desk, contract) == [("credited", 1, 6_666)]
    july = desk.get(f"{path_of(contract)}/statements/2022-07")
    assert july["total_yen"] == 6_451


def test_a_fault_attributed_late_restores_a_refused_credit(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-08-05T09:00:00+09:00")
    contract = running(desk, "2022-08-06")
    desk.move_to("2022-08-20")
    spell = {"attributable": None, "recovered_at": "2022-08-17T10:00:00+09:00"}
    hit = outage(desk, "all", "2022-08-15T09:00:00+09:00", **spell)
    desk.do(hit, "attribute", attributable=False)
    assert [one[0] for one in earned(desk, contract)] == ["refused"]
    desk.do(hit, "attribute", attributable=True)
    assert earned(desk, contract) == [("claimable", 2, 13_333)]


def test_a_claim_before_the_fault_is_known_waits(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-08-05T09:00:00+09:00")
    contract = running(desk, "2022-08-06")
    desk.move_to("2022-08-20")
    spell = {"attributable": None, "recovered_at": "2022-08-17T10:00:00+09:00"}
    hit = outage(desk, "all", "2022-08-15T09:00:00+09:00", **spell)
    assert claim(desk, contract, hit)["state"] == "open"
    desk.do(hit, "attribute", attributable=True)
    assert [one[0] for one in earned(desk, contract)] == ["claimed"]


def test_a_claim_to_an_outage_of_a_contract_whose_billing_never_starts_is_refused(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-01-01T09:00:00+09:00")
    contract = running(desk, "2022-05-01")
    desk.move_to("2022-01-10")
    hit = outage(desk, "all", "2022-01-09T00:00:00+09:00")
    desk.do(contract, "notify_cancellation", arrived_on="2022-01-05")
    refused = claim(desk, contract, hit, 409)
    assert [ruling["rule"] for ruling in refused["rulings"]] == ["outage_too_short"]


def test_a_late_entry_that_invalidates_others_names_them_and_is_refused_until_that_is_accepted(
    open_desk: OpenDesk,
) -> None:
    desk = open_desk("2022-04-22T09:00:00+09:00")
    contract = running(desk, "2022-05-01", item="basic")
    desk.move_to("2022-08-01")
    change = asked(desk, contract, "premium", received_on="2022-07-20")
    desk.do(change, "accept", effective_on="2022-08-10")
    before = desk.counts()
    refused = desk.do(contract, "notify_cancellation", 409, arrived_on="2022-05-20", reason=LATE)
    assert refused["type"].endswith("would-invalidate")
    fallen = refused["changes"]["invalidated"]
    assert {one["event"] for one in fallen} >= {"apply"}
    assert desk.counts() == before, "a refused command stores nothing"
    ids = [one["id"] for one in fallen]
    found = desk.do(contract, "notify_cancellation", arrived_on="2022-05-20", reason=LATE, accept_invalidated=ids)
    assert (found["state"], found["terminated_on"]) == ("terminated", "2022-06-19")
    effects = {row["id"]: row["effect"] for row in desk.history(change)}
    assert {effects[one] for one in ids if one in effects} == {"invalidated"}


def test_a_moved_claimed_credit_leaves_no_row_beside_its_replacement(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = running(desk, "2022-05-01", item="basic")
    desk.move_to("2022-06-10")
    over = "2022-06-04T00:00:00+09:00"
    first = outage(desk, "all", "2022-06-01T00:00:00+09:00", recovered_at=over)
    second = outage(desk, "all", "2022-06-05T00:00:00+09:00", recovered_at="2022-06-08T00:00:00+09:00")
    unknown = outage(
        desk, "all", "2022-05-05T00:00:00+09:00", recovered_at="2022-05-08T00:00:00+09:00", attributable=None
    )
    for hit in (first, second, unknown):
        claim(desk, contract, hit, claimed_on="2022-06-10")
    desk.move_to("2022-07-10")
    facts = {"facts": {"known_at": "2022-06-02T00:00:00+09:00"}, "reason": LATE}
    desk.post(f"{path_of(first)}/corrections", facts)
    desk.do(unknown, "attribute", attributable=True)
    desk.do(contract, "end_by_agreement", agreed_on="2022-06-11", ends_on="2022-06-07", reason=LATE)
    rows = [row for row in desk.feed() if row["subject_id"].startswith("k_") and row["actor"] == "clock"]
    gone = {id_ for row in desk.feed() for id_ in row.get("superseded") or ()}
    standing = [(row["subject_id"], row["event"]) for row in rows if row["id"] not in gone]
    assert len(standing) == len(set(standing)) == 6
    assert {event for _, event in standing} == {"become_claimable", "credit"}


KEYED_AFTER_THE_END = {
    "that arrives now": {},
    "of a day after the end": {"arrived_on": "2022-08-05", "reason": "found"},
    "of the first instant after it": {"arrived_at": "2022-08-01T00:00:00+09:00", "reason": "found"},
}


@pytest.mark.parametrize("what", KEYED_AFTER_THE_END)
@pytest.mark.parametrize("kind", ["contract", "option"])
def test_a_notice_dated_after_the_end_is_refused_with_the_last_day(
    open_desk: OpenDesk, what: str, kind: str
) -> None:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    subject = desk.accept(desk.apply_for_option(contract)) if kind == "option" else contract
    desk.move_to("2022-07-01")
    desk.do(contract, "notify_cancellation")
    desk.move_to("2022-08-10")
    assert desk.show(subject)["terminated_on"] == "2022-07-31"
    refused = desk.do(subject, "notify_cancellation", 409, **KEYED_AFTER_THE_END[what])
    assert (refused["state"], [(one["rule"], one["on"]) for one in refused["rulings"]]) == (
        "terminated", [("over_since", "2022-07-31")],
    )  # fmt: skip
    found = desk.do(subject, "notify_cancellation", arrived_on="2022-06-10", reason="found")
    assert found["terminated_on"] == "2022-07-10"
