"""A version of the terms that starts in mid-month: the acceptance states the fees that are charged (R22, R32)."""

from dataclasses import replace
from datetime import date

import pytest

from lifecycle.terms.editions import EDITIONS
from tests.api.desk import Desk, Json, path_of
from tests.api.parts import lines

DEARER = {"monthly_fee_yen": 110_000, "initial_fee_yen": 90_000}


@pytest.fixture(autouse=True)
def dearer_from_15_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """Basic costs more from 15 May 2022 on."""
    newest = [*EDITIONS][-1]
    items = {**newest.items, "basic": replace(newest.items["basic"], **DEARER)}
    dearer = replace(newest, in_force_from=date(2022, 5, 15), items=items)
    monkeypatch.setattr(EDITIONS, "_versions", [*EDITIONS, dearer])
    monkeypatch.setattr(EDITIONS, "_starts", [terms.in_force_from for terms in EDITIONS])


ACCEPTED: dict[str, tuple[str, str, int, int, int]] = {
    # received and accepted, billing start, initial fee, monthly fee said, of May by days
    "before, billed before": ("2022-05-02", "2022-05-03", 80_000, 100_000, 100_000 * 29 // 31),
    "before, billed after": ("2022-05-10", "2022-05-17", 80_000, 110_000, 110_000 * 15 // 31),
    "on the day": ("2022-05-15", "2022-05-15", 90_000, 110_000, 110_000 * 17 // 31),
    "after": ("2022-05-16", "2022-05-17", 90_000, 110_000, 110_000 * 15 // 31),
}


def accepted(desk: Desk, day: str, start: str) -> Json:
    contract = desk.apply(item="basic", received_on=day, requested_billing_start_on=start)
    body = {"accepted_on": day, "billing_starts_on": start, "reason": "entered late"}
    rehearsed = desk.post(f"{path_of(contract)}/accept", body, dry_run=True)
    assert desk.do(contract, "accept", **body) == rehearsed
    return contract


@pytest.mark.parametrize("when", ACCEPTED)
def test_the_acceptance_states_the_fees_that_are_charged(desk: Desk, when: str) -> None:
    day, start, initial, monthly, of_may = ACCEPTED[when]
    desk.move_to("2022-07-05")
    contract = accepted(desk, day, start)
    row = next(row for row in desk.history(contract) if row["event"] == "accept")
    said = {one["rule"]: one["amount_yen"] for one in row["rulings"] if "amount_yen" in one}
    assert (said["initial_fee"], said["monthly_fee"]) == (initial, monthly)
    may = {line["kind"]: line["amount_yen"] for line in lines(desk, contract, "2022-05")}
    assert may == {"initial_fee": initial, "monthly_base_fee": of_may}
    (june,) = lines(desk, contract, "2022-06")
    assert (june["amount_yen"], june["ruling"]["terms"]) == (110_000, "2022-05-15")
    charged = {(one["month"], one["kind"]): one["amount_yen"] for one in desk.get(
        f"{path_of(contract)}/charges")["items"]}  # fmt: skip
    assert charged["2022-05", "initial_fee"] == initial
    assert charged["2022-05", "monthly_base_fee"] == of_may


def test_an_acceptance_corrected_over_the_change_of_terms_moves_its_fees(desk: Desk) -> None:
    desk.move_to("2022-07-05")
    contract = accepted(desk, "2022-05-16", "2022-05-17")
    rows = {row["event"]: row["id"] for row in desk.history(contract)}
    body: Json = {"entry": rows["apply"], "facts": {"received_on": "2022-05-10"}, "reason": "the stamp"}
    desk.post(f"{path_of(contract)}/corrections", body)
    body = {"entry": rows["accept"], "facts": {"accepted_on": "2022-05-14"}, "reason": "the stamp"}
    money = desk.post(f"{path_of(contract)}/corrections", body)["changes"]["money"]
    assert [(one["month"], one["kind"], one["before_yen"], one["after_yen"]) for one in money] == [
        ("2022-05", "initial_fee", 90_000, 80_000)
    ]  # fmt: skip
