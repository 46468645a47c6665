"""The latest arrival of a notice: on that day the notice meets the desired end, one day later it does not."""

from datetime import date, timedelta

import pytest

from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.situations import contract_in

DAY = timedelta(days=1)


def ask(desk: Desk, contract: Json, effective_on: date | str, status: int = 200) -> Json:
    return desk.get(f"{path_of(contract)}/latest_arrival", status, effective_on=str(effective_on))


def notify(desk: Desk, contract: Json, chosen_on: str) -> Json:
    """The ending that a notice of today choosing that day brings."""
    found: Json = desk.do(contract, "notify_cancellation", chosen_on=chosen_on)["cancellation"]
    return found


# billing start, the day wanted, the last day for the notice; today is 22 April
POSSIBLE = [
    ("2022-03-15", "2022-05-22", "2022-04-22"),  # day thirty of a notice of today
    ("2022-03-15", "2022-05-23", "2022-04-23"),
    ("2022-03-15", "2022-09-30", "2022-08-31"),
    ("2022-05-01", "2022-05-31", "2022-05-01"),  # the minimum term's last day
    ("2022-05-30", "2022-05-29", "2022-04-29"),  # the day before billing: it never begins
    ("2022-05-24", "2022-05-22", "2022-04-22"),
    ("2023-01-30", "2023-02-28", "2023-01-29"),  # the notice comes before billing, the end not before the term's
    ("2024-01-31", "2024-02-29", "2024-01-30"),
]


@pytest.mark.parametrize(("starts_on", "wanted", "arrive_by"), POSSIBLE)
def test_a_notice_on_the_named_day_ends_it_then_and_one_a_day_later_does_not(
    open_desk: OpenDesk, starts_on: str, wanted: str, arrive_by: str
) -> None:
    desk = open_desk()
    facts = {"received_on": "2022-03-01", "requested_billing_start_on": starts_on}
    in_time, too_late = (
        desk.accept(desk.apply(**facts), accepted_on="2022-03-01", reason="entered late") for _ in range(2)
    )
    answer = ask(desk, in_time, wanted)
    assert answer["arrive_by_on"] == answer["rulings"][0]["on"] == arrive_by
    assert (answer["rulings"][0]["rule"], answer["rulings"][0]["reading"]) == ("latest_arrival", "R2")
    desk.move_to(f"{arrive_by}T23:59:59+09:00")
    assert ask(desk, in_time, wanted)["arrive_by_on"] == arrive_by
    assert notify(desk, in_time, wanted)["effective_on"] == wanted
    desk.move_to(date.fromisoformat(arrive_by) + DAY)
    refusal = ask(desk, too_late, wanted, 409)["rulings"][0]
    ending = notify(desk, too_late, wanted)
    assert ending["effective_on"] == refusal["on"] > wanted
    desk.move_to(date.fromisoformat(wanted) + DAY)
    assert desk.show(in_time)["terminated_on"] == wanted


# billing start, the day wanted, the rule that refuses, the earliest day
REFUSED = [
    ("2022-03-15", "2022-05-21", "latest_arrival", "2022-05-22"),
    ("2022-03-15", "2022-04-21", "latest_arrival", "2022-05-22"),
    ("2022-03-15", "2000-01-01", "latest_arrival", "2022-05-22"),
    ("2022-05-01", "2022-05-30", "minimum_term", "2022-05-31"),
    ("2022-06-01", "2022-06-01", "minimum_term", "2022-06-30"),
    ("2022-06-01", "2022-06-29", "minimum_term", "2022-06-30"),
    ("2022-05-22", "2022-05-21", "latest_arrival", "2022-06-21"),  # day thirty is the first billed day
]


@pytest.mark.parametrize(("starts_on", "wanted", "rule", "earliest"), REFUSED)
def test_a_day_that_cannot_be_reached_is_refused_with_the_earliest_that_can(
    open_desk: OpenDesk, starts_on: str, wanted: str, rule: str, earliest: str
) -> None:
    desk = open_desk()
    contract = desk.apply(received_on="2022-03-01", requested_billing_start_on=starts_on)
    desk.accept(contract, accepted_on="2022-03-01", reason="entered late")
    refusal = ask(desk, contract, wanted, 409)
    assert refusal["title"] == "Refused by the terms"
    assert [(ruling["rule"], ruling["on"]) for ruling in refusal["rulings"]] == [(rule, earliest)]
    assert ask(desk, contract, earliest)["arrive_by_on"] >= "2022-04-22"
    assert notify(desk, contract, wanted)["effective_on"] == earliest


def test_a_later_notice_does_not_postpone_an_earlier_end(desk: Desk) -> None:
    contract = contract_in(desk, "billing")
    assert notify(desk, contract, "2022-06-30")["effective_on"] == "2022-06-30"
    refusal = ask(desk, contract, "2022-07-01", 409)
    assert [(ruling["rule"], ruling["on"]) for ruling in refusal["rulings"]] == [("several_notices", "2022-06-30")]
    assert ask(desk, contract, "2022-06-15")["arrive_by_on"] == "2022-05-16"
    assert notify(desk, contract, "2022-07-01")["effective_on"] == "2022-06-30"
    assert notify(desk, contract, "2022-06-15")["effective_on"] == "2022-06-15"


@pytest.mark.parametrize("state", ["applied", "rejected", "withdrawn", "terminated"])
def test_the_latest_arrival_is_refused_in_states_without_a_contract_to_end(desk: Desk, state: str) -> None:
    contract = contract_in(desk, state)
    problem = ask(desk, contract, "2022-09-30", 409)
    assert (problem["type"], problem["state"]) == ("/problems/not-possible", state)
    assert problem["allowed_events"] == contract["allowed_events"]


def test_a_last_day_on_a_day_of_rest_is_noted_and_not_shifted(desk: Desk) -> None:
    contract = contract_in(desk, "billing")
    answer = ask(desk, contract, "2022-06-04")
    assert answer["arrive_by_on"] == "2022-05-05"
    assert "That day is a public holiday; it is not shifted (R5)." in answer["rulings"][0]["because"]
    assert "祝日" in answer["rulings"][0]["because_ja"]
