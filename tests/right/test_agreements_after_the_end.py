"""An agreement dated after the end is refused, wherever its place on the line is (R14, R38)."""

import pytest

from tests.api.desk import Desk, Json, OpenDesk, path_of

WHY = {"reason": "Found in the post room."}
AGREED = {"agreed_on": "2022-07-18", "ends_on": "2022-09-30", "owed_yen": None}
Book = tuple[Desk, Json]


@pytest.fixture
def over(open_desk: OpenDesk) -> Book:
    """A contract that ended on 1 July by a notice that was found on 20 July, after a change was applied for."""
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01", item="basic")
    desk.move_to("2022-07-20")
    body = {"item": "premium", "reference": "IC-1", "received_on": "2022-07-15"}
    desk.post(f"{path_of(contract)}/item_changes", body, 201)
    notice = {"arrived_on": "2022-06-01", **WHY}
    fallen = desk.do(contract, "notify_cancellation", 409, **notice)["changes"]["invalidated"]
    notice["accept_invalidated"] = [one["id"] for one in fallen]
    assert desk.do(contract, "notify_cancellation", **notice)["terminated_on"] == "2022-07-01"
    return desk, contract


def test_an_agreement_of_after_the_end_is_refused_beside_entries_without_effect(over: Book) -> None:
    desk, contract = over
    before = len(desk.history(contract))
    refused = desk.do(contract, "end_by_agreement", 409, **AGREED, **WHY)
    assert (refused["type"], refused["state"]) == ("/problems/not-possible", "terminated")
    assert len(desk.history(contract)) == before


def test_one_that_reaches_back_before_the_end_still_moves_it(over: Book) -> None:
    desk, contract = over
    moved = desk.do(contract, "end_by_agreement", **AGREED | {"ends_on": "2022-06-20"}, **WHY)
    assert (moved["terminated_on"], moved["cancellation"]["decided_by"]) == ("2022-06-20", "agreement")
