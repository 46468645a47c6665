"""The documents that differ after a late fact or a correction: those with a changed text and no other."""

import pytest

from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.parts import asked, claim, outage, use
from tests.right.test_corrections import correct, row

WHY = "found late"


@pytest.fixture
def book(open_desk: OpenDesk) -> tuple[Desk, Json]:
    """Premium, billed from 1 May, with a notice of 20 July that ends it on 19 August; it is 10 August 2022."""
    desk = open_desk("2022-04-20T09:00:00+09:00")
    contract = desk.accepted(requested_billing_start_on="2022-05-01")
    desk.move_to("2022-08-01")
    desk.do(contract, "notify_cancellation", arrived_on="2022-07-20", reason=WHY)
    desk.move_to("2022-08-10")
    return desk, contract


def test_an_item_change_of_the_past_changes_no_acceptance(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    change = asked(desk, contract, "basic", received_on="2022-07-01")
    done = desk.do(change, "accept", accepted_on="2022-07-02", effective_on="2022-07-10", reason=WHY)
    assert done["changes"]["documents"] == ["statement"]


def test_an_agreed_end_of_the_past_is_a_new_document_and_changes_the_old_one(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    done = desk.do(contract, "end_by_agreement", agreed_on="2022-07-05", ends_on="2022-07-31", reason=WHY)
    assert done["changes"]["documents"] == ["cancellation", "end_by_agreement", "statement"]


def test_a_claim_of_the_past_that_is_granted_is_answered_by_a_document(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    hit = outage(desk, [contract], "2022-05-02T00:00:00+09:00", recovered_at="2022-05-05T00:00:00+09:00")
    done = claim(desk, contract, hit, claimed_on="2022-05-10", reason=WHY)
    assert done["changes"]["documents"] == ["claim", "statement"]


def test_a_correction_of_an_issued_month_is_an_adjustment(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    none = dict.fromkeys(("transcode_hours", "storage_gb", "delivery_gb", "live_hours"), "0")
    use(desk, contract, "2022-06", **none)
    desk.post(f"{path_of(contract)}/statements/2022-06/issue", {})
    entry = f"{desk.get(f'{path_of(contract)}/usage/2022-06')['id']}.1"
    done = correct(desk, contract, entry, {"storage_gb": "6000"})
    assert done["changes"]["documents"] == ["statement", "adjustment"]


def test_a_notice_corrected_within_its_day_changes_the_confirmation(book: tuple[Desk, Json]) -> None:
    desk, contract = book
    entry = row(desk, contract, "notify_cancellation")["id"]
    done = correct(desk, contract, entry, {"chosen_on": "2022-08-01"})
    assert done["changes"]["documents"] == ["cancellation"], "the end stays, the day the customer chose does not"
