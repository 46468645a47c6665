"""Preconditions of an acceptance precede one that is known by its day alone (R10, R16, R44)."""

from pathlib import Path

import pytest

from tests.api.desk import Desk, OpenDesk
from tests.right.test_two_ends_of_one_day import judged

TODAY = {"accepted_on": "2022-06-01", "billing_starts_on": "2022-06-10"}
MINUTES = [f"2022-06-01T09:{minute:02}:00+09:00" for minute in range(0, 30, 5)]


@pytest.fixture
def early(open_desk: OpenDesk) -> Desk:
    return open_desk(MINUTES[0])


def test_an_application_amended_this_morning_is_accepted_today(early: Desk, tmp_path: Path) -> None:
    contract = early.apply(item="basic", received_on="2022-05-30")
    early.do(contract, "amend", item="premium")
    early.move_to(MINUTES[1])
    early.do(contract, "amend", reference="AMENDED-1")
    early.move_to(MINUTES[2])
    accepted = early.do(contract, "accept", **TODAY)
    assert (accepted["state"], accepted["item"], accepted["reference"]) == ("accepted", "premium", "AMENDED-1")
    assert judged(early, tmp_path) == "good"


def test_an_application_completed_by_its_form_this_morning_is_accepted_today(early: Desk, tmp_path: Path) -> None:
    contract = early.apply(in_form=False)
    early.move_to(MINUTES[1])
    early.do(contract, "receive_form", channel="post")
    early.move_to(MINUTES[2])
    assert early.do(contract, "accept", **TODAY)["state"] == "accepted"
    early.move_to(MINUTES[3])
    option = early.apply_for_option(contract, in_form=False)
    early.move_to(MINUTES[4])
    assert early.do(option, "receive_form", arrived_on="2022-06-01")["in_form"] is True
    early.move_to(MINUTES[5])
    assert early.accept(option, **TODAY)["state"] == "accepted"
    assert judged(early, tmp_path) == "good"


def test_a_form_and_an_acceptance_of_the_day_of_an_option_s_application_follow_it_in_one_moment(
    early: Desk, tmp_path: Path
) -> None:
    contract = early.accept(early.apply(), **TODAY)
    option = early.apply_for_option(contract, in_form=False)
    early.do(option, "receive_form", arrived_on="2022-06-01")
    assert early.accept(option, **TODAY)["state"] == "accepted"
    assert judged(early, tmp_path) == "good"
