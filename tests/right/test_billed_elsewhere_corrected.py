"""The last month billed elsewhere, mistyped at the takeover of a contract (R35, R41)."""

from typing import Any

import pytest

from lifecycle.commands.command import CommandContext
from lifecycle.commands.take_over import take_over_all
from lifecycle.commands.take_over_body import RunningContractBody
from lifecycle.records.engine import writing
from tests.api.desk import Desk, Json, OpenDesk, path_of
from tests.api.test_issued_months import issue, refunds, statement, waiting
from tests.right.test_corrections import correct, row

RUNNING: dict[str, Any] = {
    "reference": "OD-2021-0001", "received_on": "2021-03-20", "accepted_on": "2021-03-22",
    "billing_starts_on": "2021-04-01", "item": "basic", "laws_accepted": True, "rights_cleared": True,
    "customer": {"name": "株式会社サンプル配信"}, "administrator": {"name": "山田太郎"},
}  # fmt: skip
BASE = 100_000


def taken_over(desk: Desk, billed_until: str | None, **other: Any) -> Json:
    """A running Basic contract, taken over with the months that another system billed."""
    body = RunningContractBody.model_validate(RUNNING | {"billed_until": billed_until} | other)
    with writing(desk.engine) as conn:
        (found,) = take_over_all(conn, [body], CommandContext("desk", desk.context.clock(), "taken over"))
    assert not isinstance(found, Exception), found
    return desk.show(found[0].contract.id)


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    return open_desk("2022-07-05T09:00:00+09:00")


def until(desk: Desk, contract: Json, month: str | None, status: int = 200) -> Json:
    entry = row(desk, contract, "apply")["id"]
    return correct(desk, contract, entry, {"billed_until": month}, status)


def totals(desk: Desk, contract: Json) -> list[tuple[int, bool]]:
    """April to June: the total of each statement, and whether it was billed elsewhere."""
    found = [statement(desk, contract, month) for month in ("2022-04", "2022-05", "2022-06")]
    return [(one["total_yen"], one["billed_elsewhere"]) for one in found]


def test_a_month_billed_elsewhere_has_no_statement_after_the_correction_of_the_mark(desk: Desk) -> None:
    contract = taken_over(desk, "2022-04")
    assert totals(desk, contract) == [(0, True), (BASE, False), (BASE, False)]
    assert until(desk, contract, "2022-05")["billed_until"] == "2022-05"
    assert totals(desk, contract) == [(0, True), (0, True), (BASE, False)]
    assert refunds(desk, contract) == [] and waiting(desk) == []


def test_an_unbilled_month_is_billed_after_the_correction_of_the_mark(desk: Desk) -> None:
    contract = taken_over(desk, "2022-06")
    until(desk, contract, "2022-04")
    assert totals(desk, contract) == [(0, True), (BASE, False), (BASE, False)]
    assert issue(desk, contract, "2022-05")["total_yen"] == BASE


def test_a_difference_in_a_month_billed_elsewhere_still_waits_for_a_person(desk: Desk) -> None:
    contract = taken_over(desk, "2022-05")
    desk.client.put(f"{path_of(contract)}/usage/2022-04", json={"live_hours": "72"})
    assert [(one["month"], one["amount_yen"]) for one in refunds(desk, contract)] == [("2022-04", 150)]
    until(desk, contract, "2022-06")
    assert [(one["month"], one["amount_yen"]) for one in refunds(desk, contract)] == [("2022-04", 150)]
    assert waiting(desk) == [(contract["id"], "payment: 150 yen")]
    desk.client.put(f"{path_of(contract)}/usage/2022-06", json={"live_hours": "72"})
    assert [(one["month"], one["amount_yen"]) for one in refunds(desk, contract)] == [
        ("2022-04", 150), ("2022-06", 150),
    ]  # fmt: skip


def test_the_mark_of_months_billed_elsewhere_can_be_moved_repeatedly(desk: Desk) -> None:
    contract = taken_over(desk, "2022-04")
    for month in ("2022-06", "2022-05"):
        until(desk, contract, month)
    assert totals(desk, contract) == [(0, True), (0, True), (BASE, False)]
    assert desk.show(contract)["billed_until"] == "2022-05"


def test_the_past_as_known_before_a_correction_can_still_be_queried(desk: Desk) -> None:
    contract = taken_over(desk, "2022-04")
    desk.move_to("2022-07-10")
    until(desk, contract, "2022-05")
    desk.move_to("2022-07-11")
    before = statement(desk, contract, "2022-05", known_at="2022-07-08T00:00:00+09:00")
    assert (before["total_yen"], before["billed_elsewhere"]) == (BASE, False)
    assert statement(desk, contract, "2022-05")["billed_elsewhere"]


def test_a_contract_begun_this_month_can_get_a_mark(desk: Desk) -> None:
    contract = taken_over(desk, None, billing_starts_on="2022-07-01")
    assert until(desk, contract, "2022-07")["billed_until"] == "2022-07"
    assert statement(desk, contract, "2022-07")["billed_elsewhere"]
    until(desk, contract, None)
    assert not statement(desk, contract, "2022-07")["billed_elsewhere"]


@pytest.mark.parametrize(
    ("month", "said"), [("2022-08", "lies in the future"), (None, "is required: billing began before this month")]
)
def test_a_future_month_and_none_for_a_contract_billed_before_are_malformed(
    desk: Desk, month: str | None, said: str
) -> None:
    contract = taken_over(desk, "2022-04")
    assert until(desk, contract, month, 422)["errors"] == [{"pointer": "/facts/billed_until", "detail": said}]
    assert desk.show(contract)["billed_until"] == "2022-04"


def test_a_month_issued_here_was_not_billed_elsewhere(desk: Desk) -> None:
    contract = taken_over(desk, "2022-04")
    issue(desk, contract, "2022-05")
    refused = until(desk, contract, "2022-06", 409)
    assert refused["detail"] == "The statement of 2022-05 was issued here: it was not billed elsewhere."
    assert totals(desk, contract)[2] == (BASE, False)


def test_a_contract_that_began_here_has_no_mark(desk: Desk) -> None:
    contract = desk.apply()
    (error,) = until(desk, contract, "2022-05", 422)["errors"]
    assert error == {"pointer": "/facts/billed_until", "detail": "is no fact of this event"}


def test_moving_the_mark_needs_a_second_person(desk: Desk) -> None:
    contract = taken_over(desk, "2022-04")
    desk.context.four_eyes = True
    until(desk, contract, "2022-05", 202)
    desk.context.four_eyes = False
