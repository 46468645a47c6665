"""Entries and corrections of an outage list their changes on the contracts concerned (R16, R35, R36)."""

from typing import Any

import pytest

from lifecycle.queries import changes_of_many
from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.parts import claim, outage
from tests.right.test_corrections import WHY

THREE_DAYS = {"known_at": "2022-06-01T00:00:00+09:00", "recovered_at": "2022-06-04T00:00:00+09:00"}
Book = tuple[Desk, list[Json], Json]


@pytest.fixture
def book(open_desk: OpenDesk) -> Book:
    """Two contracts with claimed credits of June; June is issued to the first. It is 10 July."""
    desk = open_desk("2022-04-20T09:00:00+09:00")
    both = [desk.accepted(requested_billing_start_on="2022-05-01", item=item) for item in ("basic", "premium")]
    desk.move_to("2022-06-10")
    hit = outage(desk, "all", **THREE_DAYS)
    for contract in both:
        claim(desk, contract, hit, claimed_on="2022-06-10")
    desk.move_to("2022-07-10")
    desk.post(f"{path_of(both[0])}/statements/2022-06/issue")
    return desk, both, hit


def correct(book: Book, **facts: Any) -> Json:
    desk, _, hit = book
    body = {"facts": facts, "reason": WHY}
    rehearsed = desk.post(f"{path_of(hit)}/corrections", body, dry_run=True)
    done = desk.post(f"{path_of(hit)}/corrections", body)
    assert done == rehearsed, "what was rehearsed is what is done"
    changes: Json = done["changes"]
    return changes


def days(changes: Json) -> set[tuple[str, Any, Any]]:
    return {(day["field"], day["before"], day["after"]) for day in changes["days"]}


def test_a_correction_of_an_outage_lists_rows_days_and_amounts_of_all_contracts(book: Book) -> None:
    changes = correct(book, known_at="2022-06-02T00:00:00+09:00")
    assert changes["contracts"] == 2
    assert {row["event"] for row in changes["superseded"]} == {"become_claimable", "credit"}
    assert {row["event"] for row in changes["added"]} == {"become_claimable", "credit"}
    assert {("units", 3, 2), ("claimable_on", "2022-06-02", "2022-06-03")} <= days(changes)
    assert changes["money"] == [
        {"month": "2022-06", "kind": "outage_credit", "before_yen": -30_000, "after_yen": -19_999, "issued": True}
    ]
    assert changes["documents"] == ["claim", "statement", "adjustment"], "June is issued to the first"


def test_several_facts_corrected_at_once_are_one_change(book: Book) -> None:
    moved = {"known_at": "2022-06-02T00:00:00+09:00", "recovered_at": "2022-06-05T00:00:00+09:00"}
    changes = correct(book, **moved)
    assert (changes["contracts"], changes["money"]) == (2, [])
    assert changes["documents"] == ["claim"], "its answer names both instants"
    assert {name for name, *_ in days(changes)} == {"claimable_on", "last_claim_on"}
    on_record = {row["id"] for row in book[0].feed()}
    assert {row["id"] for row in changes["superseded"]} <= on_record
    assert len(changes["added"]) == len(changes["superseded"]) == 4


def test_an_outage_found_not_attributable_reverses_its_credits(book: Book) -> None:
    desk, _, hit = book
    changes = desk.do(hit, "attribute", attributable=False)["changes"]
    assert [(one["before_yen"], one["after_yen"]) for one in changes["money"]] == [(-30_000, 0)]
    assert ("state", "credited", "refused") in days(changes)


def test_an_annulment_of_an_outage_lists_the_reversed_credits(book: Book) -> None:
    desk, both, hit = book
    changes = desk.post(f"{path_of(hit)}/annulments", {"reason": WHY})["changes"]
    assert [(one["before_yen"], one["after_yen"]) for one in changes["money"]] == [(-30_000, 0)]
    adjusted = desk.get(f"{path_of(both[0])}/statements/2022-07")["lines"]
    assert [one["amount_yen"] for one in adjusted if one["kind"] == "adjustment"] == [10_000]


def test_an_ongoing_outage_is_annulled_with_its_credit_so_far(desk: Desk) -> None:
    desk.accepted(requested_billing_start_on="2022-05-01", item="basic")
    desk.move_to("2022-06-01T09:00:00+09:00")
    hit = outage(desk, "all", "2022-06-01T09:00:00+09:00")
    desk.move_to("2022-06-05T09:00:00+09:00")
    changes = desk.post(f"{path_of(hit)}/annulments", {"reason": WHY})["changes"]
    assert {("units", 4, None), ("amount_yen", 13_333, None)} <= days(changes)


def test_an_outage_in_time_changes_nothing_on_record(book: Book) -> None:
    desk, *_ = book
    hit = outage(desk, "all", "2022-07-09T00:00:00+09:00")
    assert "changes" not in hit
    assert "changes" not in desk.do(hit, "recover", recovered_at="2022-07-10T08:00:00+09:00")


def test_rows_are_listed_of_the_first_contracts_and_money_is_that_of_all(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_of_many, "LISTED", 1)
    changes = correct(book, known_at="2022-06-02T00:00:00+09:00")
    assert (changes["contracts"], len(changes["superseded"])) == (2, 2)
    assert [one["after_yen"] for one in changes["money"]] == [-19_999]


@pytest.mark.parametrize("facts", [{"known_at": "2022-06-02T00:00:00+09:00"}, {"recovered_at": None}], ids=str)
def test_a_corrected_ongoing_outage_stays_ongoing_and_recovers(desk: Desk, facts: Json) -> None:
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    desk.move_to("2022-06-05")
    over = {"recovered_at": "2022-06-04T00:00:00+09:00"} if "recovered_at" in facts else {}
    hit = outage(desk, [contract], "2022-06-01T00:00:00+09:00", **over)
    corrected = desk.post(f"{path_of(hit)}/corrections", {"facts": facts, "reason": WHY})
    assert (corrected["state"], corrected["recovered_at"]) == ("ongoing", None)
    recovered = desk.post(f"{path_of(hit)}/recover", {"recovered_at": "2022-06-05T00:00:00+09:00"})
    assert (recovered["state"], recovered["recovered_at"]) == ("recovered", "2022-06-05T00:00:00+09:00")
    (credit,) = desk.get(f"{path_of(contract)}/credits")["items"]
    assert (credit["state"], credit["units"]) == ("claimable", 3 if "known_at" in facts else 4)
    rows = desk.get(f"{path_of(hit)}/history")["items"]
    assert [one["to_state"] for one in rows][-2:] == ["ongoing", "recovered"]
