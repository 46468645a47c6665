"""A claim gives a credit only when the fault is known and the claim is in time (R26, R27)."""

from typing import Any

import pytest

from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.parts import claim, credits_of, outage
from tests.right.test_corrections import WHY

TWO_DAYS = {"known_at": "2022-06-01T00:00:00+09:00", "recovered_at": "2022-06-03T00:00:00+09:00"}
Book = tuple[Desk, Json]


@pytest.fixture
def book(open_desk: OpenDesk) -> Book:
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01", item="basic")
    desk.move_to("2022-06-10")
    return desk, contract


def states(book: Book) -> list[str]:
    return [credit["state"] for credit in credits_of(*book)]


def credited(book: Book) -> list[tuple[str, int]]:
    """The credits among the charges: months and yen."""
    charges = book[0].get(f"{path_of(book[1])}/charges")["items"]
    return [(one["month"], one["amount_yen"]) for one in charges if one["kind"] == "outage_credit"]


def refunds(book: Book) -> list[tuple[str, int]]:
    return [(one["month"], one["amount_yen"]) for one in book[0].get(f"{path_of(book[1])}/refunds")["items"]]


def june(book: Book) -> int:
    return int(book[0].get(f"{path_of(book[1])}/statements/2022-06")["total_yen"])


def test_a_claim_gives_no_credit_until_the_fault_is_known(book: Book) -> None:
    desk, contract = book
    hit = outage(desk, [contract], **TWO_DAYS, attributable=None)
    claim(desk, contract, hit, claimed_on="2022-06-10")
    assert (states(book), credited(book), june(book)) == (["open"], [], 100_000)
    desk.do(hit, "attribute", attributable=True)
    assert (states(book), credited(book), june(book)) == (["claimed"], [("2022-06", -6_666)], 93_334)


def test_a_claim_with_an_unknown_fault_is_not_refunded_after_the_end(book: Book) -> None:
    desk, contract = book
    hit = outage(desk, [contract], "2022-06-01T00:00:00+09:00", attributable=None)
    desk.do(contract, "end_by_company", ends_on="2022-06-10", ground="Art. 9", reason=WHY)
    desk.move_to("2022-07-20")
    claim(desk, contract, hit, claimed_on="2022-07-20")
    assert (states(book), credited(book), refunds(book)) == (["open"], [], [])
    desk.do(hit, "attribute", attributable=False)
    assert (states(book), credited(book), refunds(book)) == (["refused"], [], [])
    desk.do(hit, "attribute", attributable=True)
    assert (states(book), refunds(book)) == (["claimed"], [("2022-07", 33_333)])


def test_a_claim_before_a_moved_window_reduces_nothing_even_after_its_period(book: Book) -> None:
    desk, contract = book
    hit = outage(desk, [contract], **TWO_DAYS)
    claim(desk, contract, hit, claimed_on="2022-06-02")
    assert credited(book) == [("2022-06", -6_666)]
    moved: dict[str, Any] = {"known_at": "2022-06-05T00:00:00+09:00", "recovered_at": "2022-06-07T00:00:00+09:00"}
    desk.post(f"{path_of(hit)}/corrections", {"facts": moved, "reason": WHY})
    assert (states(book), credited(book), june(book)) == (["claimable"], [], 100_000)
    desk.move_to("2022-10-01")
    assert (states(book), credited(book), june(book)) == (["lapsed"], [], 100_000)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_credit_above_the_base_fee_does_not_depend_on_the_order_of_entry(
    book: Book, order: tuple[int, int]
) -> None:
    desk, contract = book
    desk.move_to("2022-07-20")
    spells = [("2022-05-05T00:00:00+09:00", "2022-05-25T00:00:00+09:00"),
              ("2022-06-05T00:00:00+09:00", "2022-06-25T00:00:00+09:00")]  # fmt: skip
    for n in order:
        known_at, recovered_at = spells[n]
        hit = outage(desk, [contract], known_at, recovered_at=recovered_at)
        claim(desk, contract, hit, claimed_on="2022-07-20")
    charges = desk.get(f"{path_of(contract)}/charges")["items"]
    known = {credit["id"]: credit["known_at"][:7] for credit in credits_of(desk, contract)}
    taken = {known[one["subject_id"]]: one["amount_yen"] for one in charges if one["kind"] == "outage_credit"}
    assert taken == {"2022-05": -66_666, "2022-06": -33_334}
