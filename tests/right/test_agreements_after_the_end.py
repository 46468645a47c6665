"""An agreement dated after the end is refused, whatever its place on the line (R14, R38)."""

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


def test_an_agreement_on_a_day_before_the_end_moves_the_end(over: Book) -> None:
    desk, contract = over
    moved = desk.do(contract, "end_by_agreement", **AGREED | {"ends_on": "2022-06-20"}, **WHY)
    assert (moved["terminated_on"], moved["cancellation"]["decided_by"]) == ("2022-06-20", "agreement")


NOTICE = {"arrived_on": "2022-07-10", **WHY}
BY_COMPANY = {"declared_on": "2022-07-10", "ends_on": "2022-07-18", "ground": "unpaid", **WHY}
FIRST = {"arrived_on": "2022-06-01", **WHY}  # ends it on 1 July


@pytest.mark.parametrize(("event", "body"), [("notify_cancellation", NOTICE), ("end_by_company", BY_COMPANY)])
def test_a_declaration_dated_after_the_end_is_refused_with_or_without_a_moot_one(
    event: str, body: Json, open_desk: OpenDesk
) -> None:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    moot, plain, changed = (desk.accepted(requested_billing_start_on="2022-05-01", item="basic") for _ in range(3))
    desk.move_to("2022-07-20")
    desk.do(moot, event, **body)
    change = {"item": "premium", "reference": "IC-9", "received_on": "2022-07-15"}
    desk.post(f"{path_of(changed)}/item_changes", change, 201)
    for contract in (moot, plain):
        assert desk.do(contract, "notify_cancellation", **FIRST)["terminated_on"] == "2022-07-01"
    fallen = desk.do(changed, "notify_cancellation", 409, **FIRST)["changes"]["invalidated"]
    desk.do(changed, "notify_cancellation", **FIRST, accept_invalidated=[one["id"] for one in fallen])
    assert next(row["effect"] for row in desk.history(moot) if row["event"] == event) == "moot"
    together = {"subject": "", "event": event, "facts": {n: v for n, v in body.items() if n != "reason"}, **WHY}
    for contract in (moot, plain, changed):
        before = len(desk.history(contract))
        refused = desk.do(contract, event, 409, **body)
        assert (refused["type"], refused["state"]) == ("/problems/not-possible", "terminated")
        desk.post(f"{path_of(contract)}/entries", {"entries": [together | {"subject": contract["id"]}]}, 409)
        assert len(desk.history(contract)) == before
        now = desk.show(contract)
        assert (now["terminated_on"], now["cancellation"]["decided_by"]) == ("2022-07-01", "notice_period")
