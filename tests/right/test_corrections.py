"""Corrections and annulments: the result follows the truth, the record keeps both (R35 to R37)."""

from typing import Any

import pytest

from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.parts import credits_of, outage

WHY = "the stamp of receipt says otherwise"


@pytest.fixture
def book(open_desk: OpenDesk) -> tuple[Desk, Json]:
    """A contract that a mistyped notice ended: typed 1 July, arrived 1 August; now it is 10 August."""
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    desk.move_to("2022-08-05")
    desk.do(contract, "notify_cancellation", arrived_on="2022-07-01", reason="typed wrongly")
    desk.move_to("2022-08-10")
    assert desk.show(contract)["terminated_on"] == "2022-07-31"
    return desk, contract


def row(desk: Desk, subject: Json, event: str) -> Json:
    """The last row of an event."""
    return [one for one in desk.history(subject) if one["event"] == event][-1]


def correct(desk: Desk, contract: Json, entry: str, facts: Json, status: int = 200, **more: Any) -> Json:
    body = {"entry": entry, "facts": facts, "reason": WHY} | more
    return desk.post(f"{path_of(contract)}/corrections", body, status)


def annul(desk: Desk, contract: Json, entries: list[str], status: int = 200, **more: Any) -> Json:
    body = {"entries": entries, "ground": "never_happened", "reason": WHY} | more
    return desk.post(f"{path_of(contract)}/annulments", body, status)


def test_a_corrected_notice_reverses_the_end_of_the_contract(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    notice = row(desk, contract, "notify_cancellation")
    found = correct(desk, contract, notice["id"], {"arrived_on": "2022-08-01"})
    assert (found["id"], found["state"]) == (contract["id"], "cancel_notified")
    assert found["cancellation"]["effective_on"] == "2022-08-31"
    assert found["minimum_term_ends_on"] == "2022-05-31", "no second minimum term"
    assert [one["event"] for one in found["changes"]["superseded"]] == ["terminate"]
    charges = desk.get(f"{path_of(contract)}/charges")["items"]
    assert [one["kind"] for one in charges].count("initial_fee") == 1, "no second initial fee"
    gone = row(desk, contract, "terminate")
    assert (gone["stands"], gone["superseded_by"]) == (False, row(desk, contract, "correct_entry")["id"])


def test_the_past_as_known_before_a_correction_can_still_be_queried(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    correct(desk, contract, row(desk, contract, "notify_cancellation")["id"], {"arrived_on": "2022-08-01"})
    moment = {"effective_at": "2022-08-03T00:00:00+09:00"}
    assert desk.show(contract, **moment)["state"] == "cancel_notified"
    assert desk.show(contract, **moment, known_at="2022-08-09T00:00:00+09:00")["state"] == "terminated"


def test_an_annulled_notice_was_never_there(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    found = annul(desk, contract, [row(desk, contract, "notify_cancellation")["id"]])
    assert (found["state"], found["cancellation"]) == ("billing", None)
    assert "notify_cancellation" in found["allowed_events"]


def test_a_dry_run_shows_the_same_and_stores_nothing(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    notice, before = row(desk, contract, "notify_cancellation"), desk.counts()
    body = {"entry": notice["id"], "facts": {"arrived_on": "2022-08-01"}, "reason": WHY}
    seen = desk.post(f"{path_of(contract)}/corrections", body, dry_run="true")
    assert desk.counts() == before
    done = desk.post(f"{path_of(contract)}/corrections", body)
    assert seen == done


def test_a_correction_that_results_in_a_past_end_ends_the_contract_at_once(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    desk.move_to("2022-08-10")
    desk.do(contract, "notify_cancellation", arrived_on="2022-08-10")
    notice = row(desk, contract, "notify_cancellation")
    found = correct(desk, contract, notice["id"], {"arrived_on": "2022-07-01"})
    assert (found["state"], found["terminated_on"]) == ("terminated", "2022-07-31")


def test_a_corrected_acceptance_moves_billing_and_all_that_follows(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    desk.move_to("2022-06-15")
    accepted = row(desk, contract, "accept")
    found = correct(desk, contract, accepted["id"], {"billing_starts_on": "2022-06-01"})
    assert (found["billing_starts_on"], found["minimum_term_ends_on"]) == ("2022-06-01", "2022-06-30")
    assert {(one["month"], one["after_yen"]) for one in found["changes"]["money"]} == {("2022-05", 0)}


def test_a_mistyped_fee_is_corrected(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01", item="basic")
    change = desk.post(f"{path_of(contract)}/item_changes", {"item": "premium", "reference": "I-1"}, 201)
    desk.move_to("2022-06-10")
    desk.do(change, "accept", effective_on="2022-07-01", fee_yen=500_000)
    correct(desk, contract, row(desk, change, "accept")["id"], {"fee_yen": 50_000})
    june = desk.get(f"{path_of(contract)}/statements/2022-06")["lines"]
    assert [line["amount_yen"] for line in june if line["kind"] == "one_off_fee"] == [50_000]


REFUSED = {
    "a row of the clock": ("terminate", "The clock recorded this row: correct the entry that caused it."),
    "a correction": ("correct_entry", "A correction is not corrected itself: correct the entry once more."),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refused_correction_explains_the_alternative(book: tuple[Desk, Json], what: str) -> None:
    desk, contract = book
    correct(desk, contract, row(desk, contract, "notify_cancellation")["id"], {"chosen_on": "2022-07-31"})
    event, said = REFUSED[what]
    found = correct(desk, contract, row(desk, contract, event)["id"], {"arrived_on": "2022-08-01"}, 409)
    assert found["detail"] == said


def test_an_annulled_entry_is_not_changed_and_an_application_not_annulled(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    notice = row(desk, contract, "notify_cancellation")["id"]
    annul(desk, contract, [notice])
    assert correct(desk, contract, notice, {"arrived_on": "2022-08-01"}, 409)["detail"].startswith("The entry was")
    assert annul(desk, contract, [notice], 409)["type"].endswith("not-correctable")
    assert "reject or withdraw" in annul(desk, contract, [row(desk, contract, "apply")["id"]], 409)["detail"]


def test_a_row_of_another_contract_is_unknown(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    other = desk.accepted(requested_billing_start_on="2022-09-01")
    assert correct(desk, contract, row(desk, other, "accept")["id"], {"accepted_on": "2022-08-01"}, 404)


WRONG = {
    "a fact that the event does not have": ({"billing_starts_on": "2022-08-01"}, "/facts/billing_starts_on"),
    "a day that is none": ({"arrived_on": "2022-02-30"}, "/facts/arrived_on"),
    "a day and an instant": (
        {"arrived_on": "2022-08-01", "arrived_at": "2022-08-01T10:00:00+09:00"}, "/facts/arrived_at",
    ),
    "no day at all": ({"arrived_on": None}, "/facts/arrived_on"),
    "a number": ({"chosen_on": 7}, "/facts/chosen_on"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_wrong_facts_are_marked(book: tuple[Desk, Json], what: str) -> None:
    desk, contract = book
    facts, pointer = WRONG[what]
    found = correct(desk, contract, row(desk, contract, "notify_cancellation")["id"], facts, 422)
    assert [error["pointer"] for error in found["errors"]] == [pointer]


OUT_OF_FORM = {
    "an item that is none": ("apply", {"item": "gold"}, "/facts/item"),
    "a domain that is no object": ("apply", {"delivery": {"custom_domain": "x"}}, "/facts/delivery/custom_domain"),
    "a domain without a dot": (
        "apply", {"delivery": {"custom_domain": {"name": "example"}}}, "/facts/delivery/custom_domain/name",
    ),
    "a declaration that is a number": (
        "apply", {"declarations": {"laws_accepted": 1}}, "/facts/declarations/laws_accepted",
    ),
    "a condition that is none": ("meet_condition", {"condition": "moon"}, "/facts/condition"),
    "hours that are no number": ("record", {"live_hours": "abc"}, "/facts/live_hours"),
    "hours that are cleared": ("record", {"live_hours": None}, "/facts/live_hours"),
    "meters that are cleared by name": ("record", {"cleared": ["live_hours"]}, "/facts/cleared"),
    "a ground that is empty": ("take", {"ground": " "}, "/facts/ground"),
}  # fmt: skip


@pytest.mark.parametrize("what", OUT_OF_FORM)
def test_a_value_is_of_the_form_that_its_event_takes(desk: Desk, what: str) -> None:
    event, facts, pointer = OUT_OF_FORM[what]
    contract = desk.accepted(delivery={"custom_domain": {"name": "video.example.jp"}, "https": True})
    desk.do(contract, "meet_condition", condition="dns")
    taken = {"kind": "consultation", "ground": "asked for", "notified": True}
    desk.post(f"{path_of(contract)}/measures", taken, 201)
    desk.client.put(f"{path_of(contract)}/usage/2022-04", json={"live_hours": "300"})
    entry = next(row["id"] for row in desk.feed() if row["event"] == event)
    found = correct(desk, contract, entry, facts, 422)
    assert [error["pointer"] for error in found["errors"]] == [pointer]


def test_two_people_correcting_at_once_do_not_overwrite_each_other(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    version = desk.show(contract)["version"]
    notice = row(desk, contract, "notify_cancellation")["id"]
    body = {"entry": notice, "facts": {"arrived_on": "2022-08-01"}, "reason": WHY}
    path, headers = f"{path_of(contract)}/corrections", {"If-Match": f'"{version}"'}
    desk.post(path, body, headers=headers)
    assert desk.post(path, body, 412, headers=headers)["type"].endswith("stale")


def test_an_annulment_for_mistake_needs_a_person_and_a_day(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    notice = row(desk, contract, "notify_cancellation")["id"]
    annul(desk, contract, [notice], 422, ground="mistake")
    who = {"ground": "mistake", "avoided_by": "株式会社サンプル配信", "avoided_on": "2022-08-09"}
    refused = annul(desk, contract, [notice], 409, **who | {"avoided_on": "2022-08-11"})["rulings"]
    assert [(one["rule"], one["reading"]) for one in refused] == [("not_in_future", "R36")]
    assert annul(desk, contract, [notice], **who)["state"] == "billing"
    assert row(desk, contract, "annul_entry")["facts"]["ground"] == "mistake"


def test_entries_that_hold_only_together_enter_in_one_transaction(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    entries = [
        {"subject": contract["id"], "event": "report_misuse",
         "facts": {"found_at": "2022-06-01T10:00:00+09:00", "instruction": "change the keys"}},
        {"subject": contract["id"], "event": "change_administrator",
         "facts": {"administrator": {"name": "佐藤花子"}}},
    ]  # fmt: skip
    found = desk.post(f"{path_of(contract)}/entries", {"entries": entries[:1]})
    assert [one["instruction"] for one in found["misuse_reports"]] == ["change the keys"]
    wrong = desk.post(
        f"{path_of(contract)}/entries",
        {"entries": [{"subject": contract["id"], "event": "notify_cancellation", "facts": {"arrived_on": 7}}]},
        422,
    )
    assert wrong["errors"][0]["pointer"].startswith("/entries/0/facts/arrived_on")


def test_entries_entered_together_can_be_corrected_like_others(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    desk.move_to("2022-08-02")
    report = {"found_at": "2022-06-10T10:00:00+09:00", "instruction": "change the keys"}
    entries = [
        {"subject": contract["id"], "event": "report_misuse", "facts": report, "reason": WHY},
        {"subject": contract["id"], "event": "notify_cancellation", "facts": {"arrived_on": "2022-07-10"}},
    ]
    assert desk.post(f"{path_of(contract)}/entries", {"entries": entries})["state"] == "cancel_notified"
    found = correct(desk, contract, row(desk, contract, "accept")["id"], {"billing_starts_on": "2022-05-02"})
    assert found["cancellation"]["effective_on"] == "2022-08-09"
    correct(desk, contract, row(desk, contract, "notify_cancellation")["id"], {"arrived_on": "2022-07-11"})
    assert desk.show(contract)["cancellation"]["effective_on"] == "2022-08-10"


def test_an_outage_is_corrected_and_annulled_with_its_credits(open_desk: OpenDesk) -> None:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01", item="basic")
    desk.move_to("2022-07-24")
    hit = outage(desk, "all", "2022-07-20T00:00:00+09:00", recovered_at="2022-07-23T00:00:00+09:00")

    def earned() -> list[tuple[str, int]]:
        return [(one["state"], one["units"]) for one in credits_of(desk, contract)]

    assert earned() == [("claimable", 3)]
    path = f"{path_of(hit)}/corrections"
    desk.post(path, {"facts": {"known_at": "2022-07-21T00:00:00+09:00"}, "reason": WHY})
    assert earned() == [("claimable", 2)]
    desk.post(path, {"facts": {"recovered_at": "2022-07-21T10:00:00+09:00"}, "reason": WHY})
    assert earned() == [("refused", 0)]
    desk.post(path, {"facts": {"recovered_at": None}, "reason": WHY})
    assert earned() == [("claimable", 3)]
    gone = desk.post(f"{path_of(hit)}/annulments", {"reason": WHY})
    assert gone["state"] == "annulled"
    assert [state for state, _ in earned()] == ["refused"]


def test_every_invalidated_entry_has_a_reason(open_desk: OpenDesk) -> None:
    """A revocation whose notice is annulled, and the events of an option whose application is."""
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    option = desk.accept(desk.apply_for_option(contract))
    desk.move_to("2022-06-10")
    desk.do(option, "notify_cancellation")
    desk.do(contract, "notify_cancellation")
    desk.do(contract, "revoke_cancellation", reason="by telephone")
    for of, event, falls in (
        (contract, "notify_cancellation", ["revoke_cancellation"]),
        (option, "apply", ["accept", "notify_cancellation"]),
    ):
        refused = annul(desk, contract, [row(desk, of, event)["id"]], 409)
        found = refused["changes"]["invalidated"]
        assert [one["event"] for one in found] == falls
        assert [[ruling["rule"] for ruling in one["rulings"]] for one in found] == [["rests_on_nothing"]] * len(
            falls
        )
