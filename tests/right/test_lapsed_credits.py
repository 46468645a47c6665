"""The rows of a lapsed credit state its units, whatever happens to the contract later (R26)."""

import pytest

from lifecycle.queries.history import history_items
from lifecycle.records.engine import reading
from tests.api.desk import Desk, Json, OpenDesk
from tests.api.parts import credits_of, outage
from tests.right.test_corrections import annul, row

LATE = {"arrived_on": "2022-06-20", "reason": "found"}


@pytest.fixture
def book(open_desk: OpenDesk) -> tuple[Desk, Json]:
    """A contract with an outage ongoing since 10 June; the right to its credit lapsed on 12 September."""
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    desk.move_to("2022-06-10")
    outage(desk, [contract], "2022-06-10T00:00:00+09:00")
    desk.move_to("2022-10-01")
    return desk, contract


def lapses(desk: Desk, contract: Json) -> list[int]:
    """The units in the valid rows of the lapse."""
    (credit,) = credits_of(desk, contract)
    with reading(desk.engine) as conn:
        rows = history_items(conn, credit["id"], 0, 100, desk.context.clock())
    return [one["facts"]["units"] for one in rows if one["event"] == "lapse" and one["stands"]]


def test_a_late_end_supersedes_a_lapse_of_other_units(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    (long,) = lapses(desk, contract)
    found = desk.do(contract, "notify_cancellation", **LATE)
    assert "lapse" in [one["event"] for one in found["changes"]["superseded"]]
    (short,) = lapses(desk, contract)
    assert short == credits_of(desk, contract)[0]["units"] < long


def test_a_credit_has_one_lapse_after_any_change_of_the_notice(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    before = lapses(desk, contract)
    desk.do(contract, "notify_cancellation", **LATE)
    desk.do(contract, "revoke_cancellation", agreed_on="2022-06-25", reason="by telephone")
    assert lapses(desk, contract) == before
    annul(desk, contract, [row(desk, contract, "revoke_cancellation")["id"]])
    (short,) = lapses(desk, contract)
    assert short == credits_of(desk, contract)[0]["units"]
    annul(desk, contract, [row(desk, contract, "notify_cancellation")["id"]])
    assert lapses(desk, contract) == before
