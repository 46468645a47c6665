"""Every late entry lists its changes to the record: events and applications of every kind (R16)."""

from collections.abc import Callable

import pytest

from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.parts import asked, claim, measured, outage

WHY = "found late"
NOW = {"found_at": "2022-08-10T09:00:00+09:00", "instruction": "change the keys"}


@pytest.fixture
def book(open_desk: OpenDesk) -> tuple[Desk, Json]:
    """Premium, billed from 1 May, with a notice of 20 July that is entered on 1 August; it is 10 August."""
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    desk.move_to("2022-08-01")
    desk.do(contract, "notify_cancellation", arrived_on="2022-07-20", reason=WHY)
    desk.move_to("2022-08-10")
    return desk, contract


def option(desk: Desk, contract: Json) -> Json:
    return desk.apply_for_option(contract, received_on="2022-07-01")


def accepted_option(desk: Desk, contract: Json) -> Json:
    made = desk.apply_for_option(contract, received_on="2022-07-01")
    days = {"accepted_on": "2022-07-02", "billing_starts_on": "2022-07-10", "reason": WHY}
    return desk.accept(made, **days)


def item_change(desk: Desk, contract: Json) -> Json:
    return asked(desk, contract, "basic", received_on="2022-07-01")


def accepted_item_change(desk: Desk, contract: Json) -> Json:
    made = asked(desk, contract, "basic", received_on="2022-07-01")
    return desk.do(made, "accept", accepted_on="2022-07-02", effective_on="2022-07-10", reason=WHY)


def measure(desk: Desk, contract: Json) -> Json:
    return measured(desk, contract, starts_at="2022-07-01T00:00:00+09:00", ends_at="2022-07-05T00:00:00+09:00")


def late_claim(desk: Desk, contract: Json) -> Json:
    hit = outage(desk, [contract], "2022-05-02T00:00:00+09:00", recovered_at="2022-05-05T00:00:00+09:00")
    return claim(desk, contract, hit, claimed_on="2022-05-10", reason=WHY)


def misuse(desk: Desk, contract: Json) -> Json:
    return desk.do(contract, "report_misuse", found_at="2022-07-01T00:00:00+09:00", instruction="change the keys")


def administrator(desk: Desk, contract: Json) -> Json:
    return desk.do(contract, "change_administrator", on="2022-07-01", administrator={"name": "佐藤"}, reason=WHY)


LATE: dict[str, Callable[[Desk, Json], Json]] = {
    one.__name__: one
    for one in (
        option, accepted_option, item_change, accepted_item_change, measure, late_claim, misuse, administrator,
    )
}  # fmt: skip
MOVES = {"accepted_option", "accepted_item_change", "late_claim"}


@pytest.mark.parametrize("what", LATE)
def test_a_late_entry_of_every_kind_lists_its_changes(book: tuple[Desk, Json], what: str) -> None:
    changes = LATE[what](*book)["changes"]
    assert set(changes) == {
        "superseded", "added", "days", "money", "invalidated", "documents", "proposals", "not_served",
    }  # fmt: skip
    assert bool(changes["money"]) == (what in MOVES)


def test_usage_has_no_place_in_the_line_and_changes_no_row(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    path = f"{path_of(contract)}/usage/2022-05"
    for hours in ("300", "310"):
        answer = desk.client.put(path, json={"live_hours": hours}).json()
        assert answer["live_hours"] == hours and "changes" not in answer


def test_an_entry_in_time_has_nothing_to_tell(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    assert "changes" not in desk.do(contract, "report_misuse", **NOW)
    assert "changes" not in measured(desk, contract)


def test_a_late_notice_lists_the_changed_amounts_of_past_months(desk: Desk) -> None:
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    desk.move_to("2022-07-05")
    desk.post(f"{path_of(contract)}/statements/2022-06/issue")
    late = {"arrived_on": "2022-05-16", "reason": "found in the post room"}
    shown = desk.do(contract, "notify_cancellation", **late, status=200)["changes"]
    assert [(one["month"], one["before_yen"], one["after_yen"], one["issued"]) for one in shown["money"]] == [
        ("2022-06", 200_000, 100_000, True), ("2022-07", 200_000, 0, False)
    ]  # fmt: skip
    assert "adjustment" in shown["documents"]


def test_a_retroactive_agreement_lists_the_changed_amounts_of_past_months(desk: Desk) -> None:
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    other = desk.accepted(requested_billing_start_on="2022-05-01")
    option = desk.accept(desk.apply_for_option(contract))
    desk.move_to("2022-06-10")
    fees = {"monthly_fee_yen": 8_100, "agreed_on": "2022-06-10"}
    assert "changes" not in desk.do(option, "change_fees", **fees, from_on="2022-06-05")
    changes = desk.do(option, "change_fees", **fees, from_on="2022-05-01")["changes"]
    assert [(one["month"], one["before_yen"], one["after_yen"]) for one in changes["money"]] == [
        ("2022-05", 5_000, 8_100), ("2022-06", 7_686, 8_100)
    ]  # fmt: skip
    end = {"ends_on": "2022-05-20", "owed_yen": 5_000, "reason": "both agreed"}
    ended = desk.do(other, "end_by_agreement", **end)["changes"]
    owed = {(one["month"], one["kind"]): (one["before_yen"], one["after_yen"]) for one in ended["money"]}
    assert owed["2022-05", "agreed_amount"] == (0, 5_000)
    assert owed["2022-05", "monthly_base_fee"] == (200_000, 129_032)
    assert owed["2022-06", "monthly_base_fee"] == (200_000, 0)
    assert {"end_by_agreement", "statement"} <= set(ended["documents"])
