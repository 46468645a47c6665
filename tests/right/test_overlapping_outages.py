"""Overlapping outages, one of which never happened: its hours no longer count for it (R26, R36)."""

from typing import Any

import pytest

from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.parts import claim, credits_of, outage
from tests.right.test_corrections import WHY

FIRST = {"known_at": "2022-06-01T00:00:00+09:00", "recovered_at": "2022-06-04T00:00:00+09:00"}
SECOND = {"known_at": "2022-06-02T00:00:00+09:00", "recovered_at": "2022-06-06T00:00:00+09:00"}


@pytest.fixture
def book(open_desk: OpenDesk) -> tuple[Desk, Json]:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01", item="basic")
    desk.move_to("2022-06-10")
    return desk, contract


def units(desk: Desk, contract: Json) -> list[int]:
    return [one["units"] for one in credits_of(desk, contract)]


def made(desk: Desk, contract: Json, days: Json) -> Json:
    return outage(desk, [contract], **days)


def gone(desk: Desk, hit: Json) -> None:
    desk.post(f"{path_of(hit)}/annulments", {"reason": WHY})


def test_hours_that_two_outages_cover_count_once(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    for days in (FIRST, SECOND):
        made(desk, contract, days)
    assert units(desk, contract) == [3, 2]


@pytest.mark.parametrize("order", ["annulled first", "annulled last"])
def test_an_outage_that_never_happened_covers_no_hour_of_another(book: tuple[Desk, Json], order: str) -> None:
    desk, contract = book
    first = made(desk, contract, FIRST)
    if order == "annulled first":
        gone(desk, first)
    second = made(desk, contract, SECOND)
    if order == "annulled last":
        gone(desk, first)
    assert units(desk, contract) == [0, 4]
    claim(desk, contract, second, claimed_on="2022-06-10")
    desk.move_to("2022-07-02")
    credited = credits_of(desk, contract)[1]
    assert (credited["state"], credited["units"], credited["amount_yen"]) == ("credited", 4, 13_333)


def test_later_entries_do_not_change_an_annulled_credit(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    gone(desk, made(desk, contract, FIRST))
    desk.do(contract, "notify_cancellation", arrived_on="2022-06-10")
    desk.do(contract, "notify_cancellation", arrived_on="2022-06-05", reason=WHY)
    (credit,) = credits_of(desk, contract)
    shown: dict[str, Any] = {name: credit[name] for name in ("state", "units", "amount_yen", "next")}
    assert shown == {"state": "refused", "units": 0, "amount_yen": 0, "next": None}


def test_an_annulled_outage_is_not_claimed(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    first = made(desk, contract, FIRST)
    gone(desk, first)
    assert claim(desk, contract, first, 409, claimed_on="2022-06-10")["type"].endswith("not-possible")


def test_an_outage_typed_for_another_month_is_moved_with_its_recovery_and_its_claim(
    book: tuple[Desk, Json],
) -> None:
    desk, contract = book
    known, over = "2022-05-01T00:00:00+09:00", "2022-05-03T00:00:00+09:00"
    hit = outage(desk, [contract], known, recovered_at=over)
    claim(desk, contract, hit, claimed_on="2022-05-10", reason=WHY)
    assert [(one["state"], one["units"]) for one in credits_of(desk, contract)] == [("credited", 2)]
    desk.post(f"{path_of(hit)}/corrections", {"facts": FIRST, "reason": WHY})
    (credit,) = credits_of(desk, contract)
    assert (credit["state"], credit["units"], credit["amount_yen"]) == ("claimable", 3, 10_000)
    desk.post(f"{path_of(hit)}/corrections", {"facts": {"known_at": known, "recovered_at": over}, "reason": WHY})
    assert [(one["state"], one["units"]) for one in credits_of(desk, contract)] == [("credited", 2)]
